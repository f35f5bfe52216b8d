"""PATCH /users/me needs the password and refuses unknown members."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.urls import get_resolver

from accounts.flows.password_change import replace_password
from accounts.models import ThrottleCounter, User
from accounts.tests.account_requests import NEW_EMAIL, ask_for_reset, change_email, log_in
from conftest import PASSWORD
from notes_api.server.hashing_paths import hashing_paths
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("on_commit")

MODES = pytest.mark.parametrize("mode", ["off", "optional", "required"])


def subjects():
    return [sent.subject for sent in mail.outbox]


class OutdatedHasher(MD5PasswordHasher):
    """The password is replaced during the check; remembers whether a transaction was open."""

    algorithm = "outdated"
    seen: list[bool] = []

    def verify(self, password, encoded):
        self.seen.append(connection.in_atomic_block)
        is_right = super().verify(password, encoded)
        replace_password(User.objects.get(), "staple battery horse")
        return is_right


@pytest.fixture
def replaced_while_checked(alice, settings):
    """Alice; her password is replaced while it is checked."""
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, f"{__name__}.OutdatedHasher"]
    User.objects.filter(pk=alice.pk).update(password=OutdatedHasher().encode(PASSWORD, "salt"))
    OutdatedHasher.seen.clear()
    return alice


@MODES
def test_a_wrong_password_changes_nothing(as_user, alice, settings, mode):
    settings.EMAIL_VERIFICATION = mode

    response = change_email(as_user(alice), password="wrong")

    assert (response.status_code, field_errors(response)) == (400, [("current_password", "wrong")])
    assert User.objects.get().email == "alice@example.com"
    assert mail.outbox == []


@MODES
def test_a_wrong_password_does_not_reveal_accounts(as_user, alice, bob, settings, mode):
    settings.EMAIL_VERIFICATION = mode

    assert change_email(as_user(alice), "bob@example.com", "wrong").status_code == 400


def test_sending_the_current_address_needs_the_password_too(as_user, alice):
    assert change_email(as_user(alice), alice.email, "wrong").status_code == 400


def test_guessing_the_password_here_is_limited_like_logging_in(client, as_user, alice, one_guess):
    phone = as_user(alice)
    change_email(phone, password="wrong")

    response = change_email(phone)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert log_in(client, PASSWORD) == 429


def test_the_right_password_does_not_count_as_a_guess(as_user, alice, one_guess):
    change_email(as_user(alice))

    assert {counter.count for counter in ThrottleCounter.objects.all()} == {0}


@MODES
def test_mails_to_one_address_are_limited(as_user, alice, bob, one_mail, settings, mode):
    settings.EMAIL_VERIFICATION = mode
    change_email(as_user(alice))

    response = change_email(as_user(bob))

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_an_address_may_ask_for_five_times_as_many(as_user, alice, one_mail):
    phone = as_user(alice)
    statuses = [change_email(phone, f"{name}@example.com").status_code for name in "abcdef"]

    assert statuses == [200] * 5 + [429]


def test_a_wrong_password_uses_up_no_mail(client, as_user, alice, one_mail):
    change_email(as_user(alice), password="wrong")

    assert change_email(as_user(alice)).status_code == 200


def test_each_kind_of_mail_has_its_own_limit(client, as_user, alice, one_mail):
    ask_for_reset(client, NEW_EMAIL)

    assert change_email(as_user(alice)).status_code == 200


def test_a_password_replaced_while_it_was_checked_is_a_wrong_one(as_user, replaced_while_checked):
    response = change_email(as_user(replaced_while_checked))

    assert (response.status_code, field_errors(response)) == (400, [("current_password", "wrong")])
    assert User.objects.get().email == "alice@example.com"
    assert subjects() == ["Your password was changed"]


def test_no_link_is_sent_if_the_password_was_just_replaced(as_user, replaced_while_checked, settings):
    settings.EMAIL_VERIFICATION = "optional"

    change_email(as_user(replaced_while_checked))

    assert subjects() == ["Your password was changed"]


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_check_of_the_password(as_user, replaced_while_checked):
    change_email(as_user(replaced_while_checked))

    assert OutdatedHasher.seen == [False]


def test_a_change_of_the_address_hashes_in_the_thread_pool_for_that():
    assert "/users/me" in hashing_paths(get_resolver().url_patterns)


@pytest.mark.parametrize("body", [{}, {"current_password": "wrong"}])
def test_a_patch_of_nothing_changes_nothing(as_user, alice, body):
    response = as_user(alice).patch("/users/me", body)

    assert (response.status_code, response.json()["email"]) == (200, "alice@example.com")


def test_the_account_as_it_was_read_may_be_sent_back(as_user, alice):
    phone = as_user(alice)
    account = phone.get("/users/me").json()

    response = phone.patch("/users/me", {**account, "email": NEW_EMAIL, "current_password": PASSWORD})

    assert (response.status_code, response.json()) == (200, {**account, "email": NEW_EMAIL})


def test_a_merge_patch_is_accepted(as_user, alice):
    body = f'{{"email": "{NEW_EMAIL}", "current_password": "{PASSWORD}"}}'

    response = as_user(alice).patch("/users/me", body, content_type="application/merge-patch+json")

    assert response.json()["email"] == NEW_EMAIL


def test_an_invalid_address_is_refused(as_user, alice, subtests):
    for email in ["", "alice", "a@b", "alice@example.com\r\nBcc: bob@example.com", None, 5, ["a@b.example"]]:
        with subtests.test(email=email):
            response = change_email(as_user(alice), email)

            assert response.status_code == 400
            assert {field for field, _ in field_errors(response)} == {"email"}


def test_a_password_that_is_not_text_is_refused(as_user, alice, subtests):
    for password in ["", None, 5, ["a"], "a" * 129]:
        with subtests.test(password=password):
            response = change_email(as_user(alice), password=password)

            assert {field for field, _ in field_errors(response)} == {"current_password"}


def test_an_unknown_member_cannot_be_changed(as_user, alice, subtests):
    for member in ["is_staff", "is_superuser", "new_password", "emial", "email_verified_at"]:
        with subtests.test(member=member):
            response = change_email(as_user(alice), **{member: True})

            assert (response.status_code, field_errors(response)) == (400, [(member, "unknown")])
            assert User.objects.get().email == "alice@example.com"


def test_a_client_cannot_set_its_address_verified(as_user, alice):
    as_user(alice).patch("/users/me", {"email_verified": True})

    assert User.objects.get().email_verified_at is None


def test_an_api_token_cannot_change_the_address(by_token, alice):
    assert change_email(by_token(alice, "notes:write")).status_code == 403


def test_an_account_cannot_be_changed_by_its_id(as_user, alice, staff):
    body = {"email": NEW_EMAIL, "current_password": PASSWORD}

    assert as_user(staff).patch(f"/users/{alice.pk}", body).status_code == 405
