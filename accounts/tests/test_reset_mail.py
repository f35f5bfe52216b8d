"""POST /password/reset: the response is always the same, and only the owner gets the link."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.flows.deactivation import deactivate
from accounts.flows.email_change import replace_email
from accounts.flows.erasure import erase
from accounts.flows.password_change import replace_password, send_reset_link
from accounts.models import MailLink, User
from accounts.tests.account_requests import ask_for_reset as ask
from accounts.tests.account_requests import link_in, shape, token_in
from notes_api.config.base_url import BaseUrl
from notes_api.config.rate import Rate
from outbox.models import Entry

pytestmark = pytest.mark.usefixtures("on_commit")


def test_a_link_comes_by_mail(client, alice, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")

    response = ask(client)

    assert (response.status_code, response.content) == (202, b"")
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "Set a new password")
    assert link_in(sent).startswith("https://notes.example.org/password/reset/confirm?token=")
    assert "alice@example.com" in sent.body


def test_the_mail_goes_to_the_address_of_the_account_not_to_the_one_that_was_typed(client, alice):
    ask(client, "ALICE@Example.com")

    assert mail.outbox[0].to == ["alice@example.com"]


SHUT = {
    "unknown": erase,
    "inactive": deactivate,
    "without a password": lambda user: replace_password(user, None),
}


@pytest.mark.parametrize("state", SHUT)
def test_the_response_does_not_reveal_accounts(client, alice, state):
    named = {"X-Request-ID": "same"}
    known = ask(client, **named)

    SHUT[state](alice)
    answer = ask(client, **named)

    assert (answer.status_code, answer.content) == (known.status_code, known.content) == (202, b"")
    assert answer.headers == known.headers


@pytest.mark.usefixtures("held_up")
def test_the_same_work_is_done_for_known_and_unknown_addresses(client, alice, settings):
    settings.THROTTLE_MAIL = Rate(5, 3600)
    ask(client, "somebody@example.com")

    with CaptureQueriesContext(connection) as known:
        ask(client)
    with CaptureQueriesContext(connection) as unknown:
        ask(client, "nobody@example.com")

    assert [shape(query) for query in known] == [shape(query) for query in unknown]
    assert not [query for query in known if 'FROM "accounts_user"' in query["sql"]]
    assert [entry.kind for entry in Entry.objects.all()] == ["reset_link"] * 3


def test_no_mail_is_sent_for_an_unknown_account(client, alice):
    ask(client, "nobody@example.com")

    assert mail.outbox == []


def test_no_mail_is_sent_for_an_inactive_account(client, alice):
    deactivate(alice)

    ask(client)

    assert mail.outbox == []
    assert not MailLink.objects.exists()


@pytest.mark.parametrize("change", [deactivate, lambda user: replace_email(user, "new@example.com", verified_at=None)])
def test_no_link_is_sent_for_an_account_that_has_just_changed(alice, change):
    read_before = User.objects.get()
    change(alice)

    mail.outbox.clear()
    send_reset_link(read_before)

    assert mail.outbox == []
    assert not MailLink.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/"},
        {"X-Forwarded-Proto": "https"},
    ],
)
def test_no_header_changes_the_link(client, alice, headers):
    ask(client, **headers)

    assert link_in(mail.outbox[0]).startswith("http://127.0.0.1:8000/password/reset/confirm?")


def test_a_foreign_host_is_refused_before_a_mail_is_sent(client, alice):
    assert ask(client, Host="evil.example").status_code == 400
    assert mail.outbox == []


def test_an_invalid_address_is_refused(client, subtests):
    for email in ["alice", "alice@example.com\r\nBcc: bob@example.com", "", None, 5, ["a@b.example"]]:
        with subtests.test(email=email):
            assert ask(client, email).status_code == 400
            assert mail.outbox == []


def test_the_token_is_kept_as_a_digest_only(client, alice):
    ask(client)
    token = token_in(mail.outbox[0])

    row = MailLink.objects.values().get()

    assert len(token) == 43
    assert not [value for value in row.values() if token in str(value)]
