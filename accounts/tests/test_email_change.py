"""PATCH /users/me: another e-mail address, at once or once it is confirmed."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import MailLink, User
from accounts.models.email import EmailTaken
from accounts.tests.mailing import (
    ask_for_reset,
    ask_for_verification,
    change_email,
    choose_password,
    link_in,
    log_in,
    register,
    token_in,
    verify,
)
from accounts.tokens import RefreshToken
from conftest import PASSWORD
from notes_api.environment import BaseUrl

pytestmark = pytest.mark.django_db(transaction=True)

NEW, NEW_PASSWORD = "new@example.com", "staple battery horse"
START = "2026-01-05T09:00:00Z"


@pytest.fixture
def confirmed(settings):
    """Addresses are verified, so a new one waits for its confirmation."""
    settings.EMAIL_VERIFICATION = "optional"


def address_of(user):
    return User.objects.get(pk=user.pk).email


def test_where_nothing_is_verified_the_address_changes_at_once(client, as_user, alice):
    phone = as_user(alice)
    before = phone.get("/users/me").json()

    response = change_email(phone, "New@Example.com")

    assert (response.status_code, response.json()) == (200, {**before, "email": NEW})
    assert phone.get("/users/me").json() == response.json()
    assert log_in(client, PASSWORD, NEW) == 200
    assert log_in(client, PASSWORD) == 401


def test_the_old_address_is_told_and_not_which_is_the_new_one(as_user, alice):
    change_email(as_user(alice))

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "Your e-mail address was changed")
    assert NEW not in sent.body


def test_an_address_that_changed_at_once_is_not_verified(as_user, alice):
    alice.vouch_for_email()

    assert change_email(as_user(alice)).json()["email_verified"] is False


def test_where_nothing_is_verified_a_taken_address_is_a_conflict(as_user, alice, bob):
    response = change_email(as_user(alice), "BOB@example.com")

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert address_of(alice) == "alice@example.com"
    assert mail.outbox == []


def test_a_new_address_waits_for_its_confirmation(client, as_user, alice, confirmed, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")
    phone = as_user(alice)
    before = phone.get("/users/me").json()

    response = change_email(phone)

    assert (response.status_code, response.json()) == (202, before)
    assert log_in(client, PASSWORD) == 200
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([NEW], "Confirm your new e-mail address")
    assert link_in(sent).startswith("https://notes.example.org/email/verify?token=")


def test_the_link_changes_and_verifies_the_address_and_the_old_one_is_told(client, as_user, alice, confirmed):
    phone = as_user(alice)
    change_email(phone)

    assert verify(client, token_in(mail.outbox.pop())).status_code == 204

    assert phone.get("/users/me").json()["email"] == NEW
    assert phone.get("/users/me").json()["email_verified"] is True
    assert (log_in(client, PASSWORD, NEW), log_in(client, PASSWORD)) == (200, 401)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["alice@example.com"], "Your e-mail address was changed")
    ]


def test_a_link_works_once(client, as_user, alice, confirmed):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    verify(client, token)

    assert verify(client, token).json()["code"] == "invalid_token"


def test_a_link_is_good_for_an_hour(client, as_user, alice, confirmed, time_machine):
    time_machine.move_to(START, tick=False)
    change_email(as_user(alice))
    time_machine.shift(3600)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert address_of(alice) == "alice@example.com"


def test_where_it_is_required_the_old_address_logs_in_until_then(client, as_user, alice, settings):
    settings.EMAIL_VERIFICATION = "required"
    alice.vouch_for_email()

    assert change_email(as_user(alice)).status_code == 202

    assert log_in(client, PASSWORD) == 200
    verify(client, token_in(mail.outbox[0]))
    assert log_in(client, PASSWORD, NEW) == 200


def test_sessions_go_on_under_the_new_address(client, as_user, alice):
    phone = as_user(alice)
    change_email(as_user(alice))

    assert phone.get("/users/me").status_code == 200
    assert client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(phone.session_row))}).status_code == 200


# --- what it does not tell -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [lambda user: None, User.deactivate, User.erase])
def test_where_addresses_are_verified_the_answer_does_not_tell_who_has_an_account(
    as_user, alice, bob, confirmed, state
):
    state(bob)
    phone, named = as_user(alice), {"X-Request-ID": "same"}
    free = phone.patch("/users/me", {"email": NEW, "current_password": PASSWORD}, headers=named)

    taken = phone.patch("/users/me", {"email": "bob@example.com", "current_password": PASSWORD}, headers=named)

    assert (taken.status_code, taken.content) == (free.status_code, free.content)
    assert taken.headers == free.headers


@pytest.mark.usefixtures("held_up")
def test_until_the_answer_the_same_is_done_for_free_and_taken(as_user, alice, bob, confirmed):
    phone = as_user(alice)

    with CaptureQueriesContext(connection) as free:
        change_email(phone)
    with CaptureQueriesContext(connection) as taken:
        change_email(phone, "bob@example.com")

    assert len(free) == len(taken) > 0


def test_whose_address_is_asked_for_hears_of_it_and_nothing_changes(as_user, alice, bob, confirmed):
    change_email(as_user(alice), "bob@example.com")

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["bob@example.com"], "Your e-mail address was not changed")
    assert "token" not in sent.body
    assert "alice" not in sent.body
    assert not MailLink.objects.exists()


def test_an_address_taken_before_its_confirmation_is_a_conflict(client, as_user, alice, confirmed):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    register(client, NEW)

    response = verify(client, token)

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert address_of(alice) == "alice@example.com"
    User.objects.get(email=NEW).erase()
    assert verify(client, token).status_code == 204


def test_of_two_accounts_that_want_an_address_one_gets_it(client, as_user, alice, bob, confirmed):
    change_email(as_user(alice))
    change_email(as_user(bob))
    first, second = map(token_in, mail.outbox)

    assert verify(client, second).status_code == 204
    assert verify(client, first).status_code == 409
    assert (address_of(alice), address_of(bob)) == ("alice@example.com", NEW)


# --- what ends a change that waits -----------------------------------------------------------------------------------


def test_only_the_address_that_was_asked_for_last_can_be_confirmed(client, as_user, alice, confirmed):
    change_email(as_user(alice), "typo@example.com")
    change_email(as_user(alice))
    typo, meant = map(token_in, mail.outbox)

    assert verify(client, typo).status_code == 400
    assert verify(client, meant).status_code == 204


def test_asking_for_a_taken_address_ends_an_earlier_change_like_any_other(client, as_user, alice, bob, confirmed):
    change_email(as_user(alice))
    change_email(as_user(alice), "bob@example.com")

    assert verify(client, token_in(mail.outbox[0])).status_code == 400


def test_who_sends_the_own_address_waits_no_longer(client, as_user, alice, confirmed):
    change_email(as_user(alice))

    response = change_email(as_user(alice), "Alice@example.com")

    assert (response.status_code, response.json()["email"]) == (200, "alice@example.com")
    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert len(mail.outbox) == 1


def test_other_links_outlive_a_change_that_waits(client, as_user, alice, confirmed):
    ask_for_verification(client)
    ask_for_reset(client)
    change_email(as_user(alice))
    verification, reset = map(token_in, mail.outbox[:2])

    assert verify(client, verification).status_code == 204
    assert choose_password(client, reset, NEW_PASSWORD) == 204


ENDINGS = {
    "another password": lambda user: user.replace_password(NEW_PASSWORD),
    "another address": lambda user: user.replace_email("third@example.com", verified_at=None),
    "shut": User.deactivate,
    "shut for a while": lambda user: (user.deactivate(), user.reactivate()),
    "shut in passing": lambda user: user.change({"is_active": False}),
    "erased": User.erase,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_change_that_waits_ends_with_what_it_was_asked_for(client, as_user, alice, confirmed, ending):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    ENDINGS[ending](alice)

    assert verify(client, token).json()["code"] == "invalid_token"
    assert not User.objects.filter(email=NEW).exists()


def test_who_gets_in_again_by_mail_ends_a_change_that_waits(client, as_user, alice, confirmed):
    change_email(as_user(alice), "mallory@example.com")
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[1]), NEW_PASSWORD)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert address_of(alice) == "alice@example.com"


def test_no_link_is_sent_once_the_password_has_been_replaced(alice):
    read_before = User.objects.get()
    alice.replace_password(NEW_PASSWORD)

    read_before.send_change_link(NEW)

    assert mail.outbox == []


@pytest.mark.parametrize("mode", ["off", "optional"])
def test_links_sent_to_the_old_address_end_with_the_change(client, as_user, alice, settings, mode):
    ask_for_reset(client)
    ask_for_verification(client)
    settings.EMAIL_VERIFICATION = mode
    change_email(as_user(alice))
    reset, verification = map(token_in, mail.outbox[:2])
    if mode == "optional":
        verify(client, token_in(mail.outbox[2]))

    assert address_of(alice) == NEW
    assert choose_password(client, reset, NEW_PASSWORD) == 400
    assert verify(client, verification).status_code == 400


def test_a_link_read_just_before_the_account_moved_on_is_refused(as_user, alice, confirmed):
    change_email(as_user(alice))
    link = MailLink.objects.read(token_in(mail.outbox[0]), MailLink.Purpose.CHANGE)
    alice.replace_password(NEW_PASSWORD)

    with pytest.raises(MailLink.DoesNotExist):
        link.user.confirm_change(link)

    assert address_of(alice) == "alice@example.com"


def test_an_address_taken_in_the_last_moment_is_told_as_such(alice, bob):
    with pytest.raises(EmailTaken):
        alice.change_email("bob@example.com")

    assert mail.outbox == []
