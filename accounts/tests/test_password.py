"""POST /users/me/password."""

import pytest
from django.core.management import CommandError, call_command

from accounts.authentication.tokens import RefreshToken
from accounts.models import User
from accounts.tests.account_requests import log_in, send_password_change
from accounts.tests.staff import USERS
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.tests.responses import field_errors


def test_only_the_new_password_logs_in_after_a_change(client, as_user, alice):
    response = send_password_change(as_user(alice))

    assert (response.status_code, response.content) == (204, b"")
    assert log_in(client, NEW_PASSWORD) == 200
    assert log_in(client, PASSWORD) == 401


def test_every_other_session_ends_with_the_password(client, as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    send_password_change(laptop)

    refresh = client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(phone.session_row))})
    assert phone.get("/users/me").status_code == 401
    assert refresh.status_code == 401


def test_the_current_session_stays_active(client, as_user, alice):
    laptop = as_user(alice)

    send_password_change(laptop)

    refresh = client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(laptop.session_row))})
    assert laptop.get("/users/me").status_code == 200
    assert refresh.status_code == 200


def test_the_sessions_of_others_stay_active(as_user, alice, bob):
    of_bob = as_user(bob)

    send_password_change(as_user(alice))

    assert of_bob.get("/users/me").status_code == 200


def test_admin_sessions_end(as_user, in_admin, support):
    browser = in_admin(support)

    send_password_change(as_user(support))

    assert browser.get(USERS).status_code == 302


def test_a_wrong_password_changes_nothing(client, as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    response = send_password_change(laptop, current="wrong")

    assert response.status_code == 400
    assert field_errors(response) == [("current_password", "wrong")]
    assert phone.get("/users/me").status_code == 200
    assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("password", ["correct horse battery ", "Correct horse battery", "correct horse batter"])
def test_the_current_password_is_compared_exactly(as_user, alice, password):
    assert send_password_change(as_user(alice), current=password).status_code == 400


def test_an_account_without_a_password_cannot_change_it(as_user):
    user = User.objects.create_user("alice@example.com", None)

    assert field_errors(send_password_change(as_user(user))) == [("current_password", "wrong")]


WEAK_PASSWORDS = [
    ("seven77", "password_too_short"),
    ("password123", "password_too_common"),
    ("alice@example.com", "password_too_similar"),
    ("a" * 129, "max_length"),
    ("", "blank"),
    (None, "null"),
    (12345678, "invalid"),
]


def test_a_weak_password_is_refused(client, as_user, alice, subtests):
    for password, code in WEAK_PASSWORDS:
        with subtests.test(password=password, code=code):
            response = send_password_change(as_user(alice), new=password)

            assert response.status_code == 400
            assert ("new_password", code) in field_errors(response)
            assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("missing", ["current_password", "new_password"])
def test_both_passwords_are_required(as_user, alice, missing):
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    del body[missing]

    response = as_user(alice).post("/users/me/password", body)

    assert field_errors(response) == [(missing, "required")]


def test_an_unknown_member_is_refused(as_user, alice):
    assert field_errors(send_password_change(as_user(alice), email="x@example.com")) == [("email", "unknown")]


def test_a_new_password_is_kept_with_its_spaces(client, as_user, alice):
    send_password_change(as_user(alice), new=" staple battery ")

    assert log_in(client, " staple battery ") == 200
    assert log_in(client, "staple battery") == 401


def test_guesses_at_the_password_are_limited(as_user, alice, one_guess):
    client = as_user(alice)
    send_password_change(client, current="wrong")

    response = send_password_change(client)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert alice.check_password(PASSWORD)


def test_guesses_here_and_at_the_log_in_count_together(client, as_user, alice, one_guess):
    send_password_change(as_user(alice), current="wrong")

    assert log_in(client, PASSWORD) == 429


def test_the_password_can_be_changed_again_after_the_window(as_user, alice, one_guess, time_machine):
    client = as_user(alice)
    send_password_change(client, current="wrong")
    time_machine.shift(900)

    assert send_password_change(client).status_code == 204


def test_a_right_password_does_not_count_as_a_guess(as_user, alice, one_guess):
    client = as_user(alice)
    send_password_change(client)

    assert send_password_change(client, new=PASSWORD, current=NEW_PASSWORD).status_code == 204


def test_a_weak_new_password_does_not_count_as_a_guess(as_user, alice, one_guess):
    client = as_user(alice)
    send_password_change(client, new="password123", current="wrong")

    assert send_password_change(client).status_code == 204


@pytest.fixture
def fifteen_characters(settings):
    rule = {"NAME": "accounts.authentication.passwords.MinimumLengthValidator", "OPTIONS": {"min_length": 15}}
    settings.AUTH_PASSWORD_VALIDATORS = [rule]


def test_a_server_may_ask_for_longer_passwords(client, as_user, alice, fifteen_characters):
    change_answer = send_password_change(as_user(alice), new="staple battery")
    registration = client.post("/users", {"email": "bob@example.com", "password": "staple battery"})

    assert field_errors(change_answer) == [("new_password", "password_too_short")]
    assert field_errors(registration) == [("password", "password_too_short")]


def test_a_shorter_password_from_before_still_logs_in(client, fifteen_characters):
    User.objects.create_user("alice@example.com", "staple battery")

    assert log_in(client, "staple battery") == 200


def test_the_commands_ask_for_longer_passwords_too(pipe, fifteen_characters):
    pipe("staple battery")

    with pytest.raises(CommandError, match="at least 15 characters"):
        call_command("createuser", "carol@example.com", "--password-stdin")
