"""POST /email/verify and POST /email/verify/send."""

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.email_change import replace_email
from accounts.flows.email_verification import verify_email
from accounts.flows.erasure import erase
from accounts.flows.password_change import replace_password
from accounts.models import MailLink, User
from accounts.tests.account_requests import (
    ask_for_reset,
    ask_for_verification,
    choose_password,
    link_in,
    log_in,
    token_in,
    verify,
)
from conftest import NEW_PASSWORD, PASSWORD, START
from notes_api.config.base_url import BaseUrl
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def token(client, alice):
    """The token in Alice's mail."""
    ask_for_verification(client)
    return token_in(mail.outbox.pop())


def test_the_link_verifies_the_address(client, as_user, alice, token):
    response = verify(client, token)

    assert (response.status_code, response.content) == (204, b"")
    assert as_user(alice).get("/users/me").json()["email_verified"] is True


def test_the_time_of_verification_is_stored(client, alice, token, time_machine):
    time_machine.move_to(START, tick=False)
    ask_for_verification(client)

    verify(client, token_in(mail.outbox[0]))

    assert User.objects.get().email_verified_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_a_link_works_once(client, token):
    verify(client, token)

    response = verify(client, token)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: token + "A", str.swapcase, lambda _: "x"])
def test_an_altered_token_is_refused(client, token, change):
    response = verify(client, change(token))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")
    assert User.objects.get().email_verified_at is None


def test_the_digest_is_refused_as_a_token(client, token):
    assert verify(client, MailLink.objects.get().digest).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(3599, 204), (3600, 400)])
def test_a_link_is_valid_for_an_hour(client, alice, time_machine, seconds, status):
    time_machine.move_to(START, tick=False)
    ask_for_verification(client)
    time_machine.shift(seconds)

    assert verify(client, token_in(mail.outbox[0])).status_code == status


def test_a_token_is_a_text(client, subtests):
    for value in [5, None, "", "a" * 129, "nul\x00", ["a"], {}]:
        with subtests.test(value=value):
            assert verify(client, value).status_code == 400


def test_a_token_is_required(client):
    assert field_errors(client.post("/email/verify", {})) == [("token", "required")]


def test_a_link_to_verify_sets_no_password(client, token):
    assert choose_password(client, token, NEW_PASSWORD) == 400
    assert log_in(client, PASSWORD) == 200


def test_a_link_to_set_a_password_verifies_nothing_by_itself(client, alice):
    ask_for_reset(client)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert User.objects.get().email_verified_at is None


def test_a_link_is_only_used_up_by_post(client, token):
    assert client.get(f"/email/verify?token={token}").status_code == 405
    assert User.objects.get().email_verified_at is None


ENDINGS = {
    "another password": lambda user: replace_password(user, NEW_PASSWORD),
    "another address": lambda user: replace_email(user, "new@example.com", verified_at=None),
    "shut": deactivate,
    "shut for a while": lambda user: (deactivate(user), reactivate(user)),
    "erased": erase,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_is_invalid_after_its_account_changed(client, alice, token, ending):
    ENDINGS[ending](alice)

    assert verify(client, token).status_code == 400
    assert not User.objects.exclude(email_verified_at=None).exists()


def test_links_end_when_the_owner_changes_the_password(client, as_user, alice, token):
    as_user(alice).post("/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})

    assert verify(client, token).status_code == 400


def test_links_end_with_a_reset(client, token):
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD)

    assert verify(client, token).status_code == 400


def test_a_link_is_invalid_after_the_address_changed(client, alice, token):
    User.objects.filter(pk=alice.pk).update(email="new@example.com")

    assert verify(client, token).status_code == 400


def test_a_link_does_not_work_for_an_inactive_account(client, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert verify(client, token).status_code == 400
    assert MailLink.objects.exists()


def test_a_link_from_before_a_restore_is_invalid(client, token):
    call_command("new_epoch")

    assert verify(client, token).status_code == 400


def test_a_link_read_just_before_it_was_used_is_refused(alice, token):
    first, second = (MailLink.objects.get_by_token(token, MailLink.Purpose.VERIFY) for _ in range(2))
    verify_email(alice, first)

    with pytest.raises(MailLink.DoesNotExist):
        verify_email(alice, second)


def test_a_link_comes_by_mail(client, alice, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")

    response = ask_for_verification(client, "ALICE@Example.com")

    assert (response.status_code, response.content) == (202, b"")
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "Verify your e-mail address")
    assert link_in(sent).startswith("https://notes.example.org/email/verify?token=")
    assert "alice@example.com" in sent.body


@pytest.mark.parametrize(
    "headers",
    [{"Host": "localhost"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
     {"Origin": "https://evil.example"}, {"X-Forwarded-Proto": "https"}],
)  # fmt: skip
def test_no_header_changes_the_link(client, alice, headers):
    ask_for_verification(client, **headers)

    assert link_in(mail.outbox[0]).startswith("http://127.0.0.1:8000/email/verify?")


def test_the_token_is_kept_as_a_digest_only(client, alice):
    ask_for_verification(client)
    token = token_in(mail.outbox[0])

    assert len(token) == 43
    assert not [value for value in MailLink.objects.values().get().values() if token in str(value)]
