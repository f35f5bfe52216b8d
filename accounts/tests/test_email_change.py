"""PATCH /users/me: changing the e-mail address, with and without a confirmation."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.authentication.tokens import RefreshToken
from accounts.exceptions import EmailTaken
from accounts.flows import email_change
from accounts.flows.deactivation import deactivate
from accounts.flows.erasure import erase
from accounts.models import User
from accounts.tests.account_requests import (
    NEW_EMAIL,
    change_email,
    email_of,
    link_in,
    log_in,
    register,
    shape,
    token_in,
    verify,
)
from conftest import PASSWORD, START
from notes_api.config.base_url import BaseUrl

pytestmark = pytest.mark.usefixtures("on_commit")


def test_without_verification_the_address_changes_immediately(client, as_user, alice):
    phone = as_user(alice)
    before = phone.get("/users/me").json()

    response = change_email(phone, "New@Example.com")

    assert (response.status_code, response.json()) == (200, {**before, "email": NEW_EMAIL})
    assert phone.get("/users/me").json() == response.json()
    assert log_in(client, PASSWORD, NEW_EMAIL) == 200
    assert log_in(client, PASSWORD) == 401


def test_the_old_address_gets_a_mail_without_the_new_address(as_user, alice):
    change_email(as_user(alice))

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "Your e-mail address was changed")
    assert NEW_EMAIL not in sent.body


def test_an_address_that_changed_without_confirmation_is_not_verified(as_user, alice):
    alice.mark_email_verified()

    assert change_email(as_user(alice)).json()["email_verified"] is False


def test_without_verification_a_taken_address_is_a_conflict(as_user, alice, bob):
    response = change_email(as_user(alice), "BOB@example.com")

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert email_of(alice) == "alice@example.com"
    assert mail.outbox == []


def test_a_new_address_waits_for_its_confirmation(client, as_user, alice, confirmed, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")
    phone = as_user(alice)
    before = phone.get("/users/me").json()

    response = change_email(phone)

    assert (response.status_code, response.json()) == (202, before)
    assert log_in(client, PASSWORD) == 200
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([NEW_EMAIL], "Confirm your new e-mail address")
    assert link_in(sent).startswith("https://notes.example.org/email/verify?token=")


def test_the_link_changes_and_verifies_the_address_and_the_old_one_gets_a_mail(client, as_user, alice, confirmed):
    phone = as_user(alice)
    change_email(phone)

    assert verify(client, token_in(mail.outbox.pop())).status_code == 204

    assert phone.get("/users/me").json()["email"] == NEW_EMAIL
    assert phone.get("/users/me").json()["email_verified"] is True
    assert (log_in(client, PASSWORD, NEW_EMAIL), log_in(client, PASSWORD)) == (200, 401)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["alice@example.com"], "Your e-mail address was changed")
    ]


def test_a_link_works_once(client, as_user, alice, confirmed):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    verify(client, token)

    assert verify(client, token).json()["code"] == "invalid_token"


def test_a_link_is_valid_for_an_hour(client, as_user, alice, confirmed, time_machine):
    time_machine.move_to(START, tick=False)
    change_email(as_user(alice))
    time_machine.shift(3600)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert email_of(alice) == "alice@example.com"


def test_with_required_verification_the_old_address_logs_in_until_the_confirmation(client, as_user, alice, settings):
    settings.EMAIL_VERIFICATION = "required"
    alice.mark_email_verified()

    assert change_email(as_user(alice)).status_code == 202

    assert log_in(client, PASSWORD) == 200
    verify(client, token_in(mail.outbox[0]))
    assert log_in(client, PASSWORD, NEW_EMAIL) == 200


def test_sessions_stay_active_after_a_change_of_address(client, as_user, alice):
    phone = as_user(alice)
    change_email(as_user(alice))

    assert phone.get("/users/me").status_code == 200
    assert client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(phone.session_row))}).status_code == 200


@pytest.mark.parametrize("state", [lambda user: None, deactivate, erase])
def test_with_verification_the_response_does_not_reveal_accounts(as_user, alice, bob, confirmed, state):
    state(bob)
    phone, named = as_user(alice), {"X-Request-ID": "same"}
    free = phone.patch("/users/me", {"email": NEW_EMAIL, "current_password": PASSWORD}, headers=named)

    taken = phone.patch("/users/me", {"email": "bob@example.com", "current_password": PASSWORD}, headers=named)

    assert (taken.status_code, taken.content) == (free.status_code, free.content)
    assert taken.headers == free.headers


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("held_up")
def test_the_same_work_is_done_for_free_and_taken_addresses(as_user, alice, bob, confirmed):
    phone = as_user(alice)

    with CaptureQueriesContext(connection) as free:
        change_email(phone)
    with CaptureQueriesContext(connection) as taken:
        change_email(phone, "bob@example.com")

    assert [shape(query) for query in free] == [shape(query) for query in taken] != []


def test_the_owner_of_a_requested_address_gets_a_mail_and_keeps_the_account(as_user, alice, bob, confirmed):
    change_email(as_user(alice), "bob@example.com")

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["bob@example.com"], "Your e-mail address was not changed")
    assert "token" not in sent.body
    assert "alice" not in sent.body


def test_an_address_taken_before_its_confirmation_is_a_conflict(client, as_user, alice, confirmed):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    register(client, NEW_EMAIL)

    response = verify(client, token)

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert email_of(alice) == "alice@example.com"
    erase(User.objects.get(email=NEW_EMAIL))
    assert verify(client, token).status_code == 204


def test_one_of_two_accounts_that_change_to_an_address_wins(client, as_user, alice, bob, confirmed):
    change_email(as_user(alice))
    change_email(as_user(bob))
    first, second = map(token_in, mail.outbox)

    assert verify(client, second).status_code == 204
    assert verify(client, first).status_code == 409
    assert (email_of(alice), email_of(bob)) == ("alice@example.com", NEW_EMAIL)


def test_an_address_that_was_just_taken_is_a_conflict(alice, bob):
    with pytest.raises(EmailTaken):
        email_change.change_email(alice, "bob@example.com")

    assert mail.outbox == []
