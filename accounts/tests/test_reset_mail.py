"""POST /password/reset: the answer is always the same, and the link goes where it belongs."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import MailLink, User
from accounts.tests.mailing import ask_for_reset as ask
from accounts.tests.mailing import link_in, token_in
from notes_api.environment import BaseUrl, Rate
from notes_api.errands import errands

pytestmark = pytest.mark.django_db(transaction=True)

START = "2026-01-05T09:00:00Z"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def one_mail(settings, time_machine):
    """One mail an hour to a mailbox, five for an address; time stands still."""
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_MAIL = Rate(1, 3600)


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


def shape(query):
    """A statement without its values."""
    return re.sub(r"'[^']*'", "?", query["sql"])


SHUT = {
    "unknown": User.erase,
    "inactive": User.deactivate,
    "without a password": lambda user: user.replace_password(None),
}


@pytest.mark.parametrize("state", SHUT)
def test_the_answer_does_not_tell_who_has_an_account(client, alice, state):
    named = {"X-Request-ID": "same"}
    known = ask(client, **named)

    SHUT[state](alice)
    answer = ask(client, **named)

    assert (answer.status_code, answer.content) == (known.status_code, known.content) == (202, b"")
    assert answer.headers == known.headers


@pytest.mark.usefixtures("held_up")
def test_until_the_answer_the_same_is_done_for_known_and_unknown(client, alice, settings):
    settings.THROTTLE_MAIL = Rate(5, 3600)

    with CaptureQueriesContext(connection) as known:
        ask(client)
    with CaptureQueriesContext(connection) as unknown:
        ask(client, "nobody@example.com")

    assert [shape(query) for query in known] == [shape(query) for query in unknown]
    assert not [query for query in known if "accounts_user" in query["sql"]]
    assert len(errands.waiting) == 2


def test_nobody_gets_mail_for_an_account_that_is_not_there(client, alice):
    ask(client, "nobody@example.com")

    assert mail.outbox == []


def test_nobody_gets_mail_for_an_account_that_was_shut(client, alice):
    alice.deactivate()

    ask(client)

    assert mail.outbox == []
    assert not MailLink.objects.exists()


@pytest.mark.parametrize(
    "change", [User.deactivate, lambda user: user.replace_email("new@example.com", verified_at=None)]
)
def test_nobody_gets_a_link_for_an_account_that_has_changed_meanwhile(alice, change):
    read_before = User.objects.get()
    change(alice)

    mail.outbox.clear()
    read_before.send_reset_link()

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
def test_no_header_has_a_say_in_the_link(client, alice, headers):
    ask(client, **headers)

    assert link_in(mail.outbox[0]).startswith("http://127.0.0.1:8000/password/reset/confirm?")


def test_a_foreign_host_is_refused_before_a_mail_is_sent(client, alice):
    assert ask(client, Host="evil.example").status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["alice", "alice@example.com\r\nBcc: bob@example.com", "", None, 5, ["a@b.example"]])
def test_what_is_no_address_is_refused(client, email):
    assert ask(client, email).status_code == 400
    assert mail.outbox == []


def test_the_token_is_kept_as_a_digest_only(client, alice):
    ask(client)
    token = token_in(mail.outbox[0])

    row = MailLink.objects.values().get()

    assert len(token) == 43
    assert not [value for value in row.values() if token in str(value)]


def test_a_mailbox_gets_only_so_many_mails(client, alice, one_mail):
    ask(client, address=ELSEWHERE)

    response = ask(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert len(mail.outbox) == 1


def test_unknown_mailboxes_are_counted_like_known_ones(client, one_mail):
    ask(client, "nobody@example.com")

    response = ask(client, "NOBODY@example.com")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_an_address_may_ask_for_five_times_as_many(client, one_mail):
    statuses = [ask(client, f"{name}@example.com").status_code for name in "abcdef"]

    assert statuses == [202] * 5 + [429]
    assert ask(client, "f@example.com", address=ELSEWHERE).status_code == 202


def test_after_an_hour_another_mail_is_sent(client, alice, one_mail, time_machine):
    ask(client)
    time_machine.shift(3600)

    assert ask(client).status_code == 202
    assert len(mail.outbox) == 2
