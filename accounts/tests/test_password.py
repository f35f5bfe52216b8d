"""POST /users/me/password."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Session, User
from accounts.models.password import PasswordReplaced
from accounts.tests.staff import USERS
from accounts.tokens import RefreshToken
from conftest import PASSWORD
from notes_api.environment import Rate

NEW_PASSWORD = "staple battery horse"
START = "2026-01-05T09:00:00Z"


class ObservantHasher(MD5PasswordHasher):
    """Knows whether a transaction was open while it hashed."""

    algorithm = "observant"
    open_transactions: list[int] = []

    def encode(self, password, salt):
        self.open_transactions.append(len(connection.savepoint_ids))
        return super().encode(password, salt)


class OutdatedHasher(MD5PasswordHasher):
    """Somebody replaces the password while it hashes the old one."""

    algorithm = "outdated"

    def verify(self, password, encoded):
        is_right = super().verify(password, encoded)
        User.objects.get().replace_password(NEW_PASSWORD)
        return is_right


def change(client, new=NEW_PASSWORD, current=PASSWORD, **members):
    return client.post("/users/me/password", {"current_password": current, "new_password": new, **members})


def log_in(client, password, email="alice@example.com"):
    return client.post("/login", {"username": email, "password": password}).status_code


def refused_fields(response):
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def one_guess(settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def replaced_while_checked(alice, settings):
    """Alice, whose password somebody replaces while hers is checked."""
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, f"{__name__}.OutdatedHasher"]
    User.objects.filter(pk=alice.pk).update(password=OutdatedHasher().encode(PASSWORD, "salt"))
    return alice


def test_changing_the_password_opens_the_account_to_the_new_one_alone(client, as_user, alice):
    response = change(as_user(alice))

    assert (response.status_code, response.content) == (204, b"")
    assert log_in(client, NEW_PASSWORD) == 200
    assert log_in(client, PASSWORD) == 401


def test_every_other_session_ends_with_the_password(client, as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    change(laptop)

    refresh = client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(phone.session_row))})
    assert phone.get("/users/me").status_code == 401
    assert refresh.status_code == 401


def test_the_current_session_goes_on(client, as_user, alice):
    laptop = as_user(alice)

    change(laptop)

    refresh = client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(laptop.session_row))})
    assert laptop.get("/users/me").status_code == 200
    assert refresh.status_code == 200


def test_the_sessions_of_others_go_on(as_user, alice, bob):
    of_bob = as_user(bob)

    change(as_user(alice))

    assert of_bob.get("/users/me").status_code == 200


def test_browsers_in_the_admin_are_shut_out(as_user, in_admin, support):
    browser = in_admin(support)

    change(as_user(support))

    assert browser.get(USERS).status_code == 302


def test_a_wrong_password_changes_nothing(client, as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    response = change(laptop, current="wrong")

    assert response.status_code == 400
    assert refused_fields(response) == [("current_password", "wrong")]
    assert phone.get("/users/me").status_code == 200
    assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("password", ["correct horse battery ", "Correct horse battery", "correct horse batter"])
def test_the_current_password_must_be_right_to_the_letter(as_user, alice, password):
    assert change(as_user(alice), current=password).status_code == 400


def test_an_account_without_a_password_cannot_change_it(as_user):
    user = User.objects.create_user("alice@example.com", None)

    assert refused_fields(change(as_user(user))) == [("current_password", "wrong")]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("seven77", "password_too_short"),
        ("password123", "password_too_common"),
        ("alice@example.com", "password_too_similar"),
        ("a" * 129, "max_length"),
        ("", "blank"),
        (None, "null"),
        (12345678, "invalid"),
    ],
)
def test_a_weak_password_is_refused(client, as_user, alice, password, code):
    response = change(as_user(alice), new=password)

    assert response.status_code == 400
    assert ("new_password", code) in refused_fields(response)
    assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("missing", ["current_password", "new_password"])
def test_both_passwords_are_required(as_user, alice, missing):
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    del body[missing]

    response = as_user(alice).post("/users/me/password", body)

    assert refused_fields(response) == [(missing, "required")]


def test_an_unknown_member_is_refused(as_user, alice):
    assert refused_fields(change(as_user(alice), email="x@example.com")) == [("email", "unknown")]


def test_a_new_password_is_kept_with_its_spaces(client, as_user, alice):
    change(as_user(alice), new=" staple battery ")

    assert log_in(client, " staple battery ") == 200
    assert log_in(client, "staple battery") == 401


def test_no_transaction_is_open_while_passwords_are_hashed(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher"]
    alice.replace_password(PASSWORD)
    client = as_user(alice)
    ObservantHasher.open_transactions.clear()

    change(client)

    assert ObservantHasher.open_transactions == [0, 0]


def test_the_password_can_be_guessed_at_only_so_often(as_user, alice, one_guess):
    client = as_user(alice)
    change(client, current="wrong")

    response = change(client)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert alice.check_password(PASSWORD)


def test_guesses_at_this_door_and_at_the_log_in_count_together(client, as_user, alice, one_guess):
    change(as_user(alice), current="wrong")

    assert log_in(client, PASSWORD) == 429


def test_when_the_window_ends_the_password_can_be_changed(as_user, alice, one_guess, time_machine):
    client = as_user(alice)
    change(client, current="wrong")
    time_machine.shift(900)

    assert change(client).status_code == 204


def test_a_right_password_is_no_guess(as_user, alice, one_guess):
    client = as_user(alice)
    change(client)

    assert change(client, new=PASSWORD, current=NEW_PASSWORD).status_code == 204


def test_a_weak_new_password_is_no_guess(as_user, alice, one_guess):
    client = as_user(alice)
    change(client, new="password123", current="wrong")

    assert change(client).status_code == 204


def test_of_two_changes_at_once_one_wins(client, as_user, alice):
    session = as_user(alice).session_row
    slower = User.objects.get()
    alice.change_password(NEW_PASSWORD, session)

    with pytest.raises(PasswordReplaced):
        slower.change_password("the slower one", session)

    assert log_in(client, NEW_PASSWORD) == 200


def test_an_account_that_was_shut_meanwhile_keeps_its_password(as_user, alice):
    session = as_user(alice).session_row
    checked = User.objects.get()
    alice.deactivate()

    with pytest.raises(PasswordReplaced):
        checked.change_password(NEW_PASSWORD, session)


def test_a_password_that_is_replaced_while_it_is_checked_is_wrong(as_user, replaced_while_checked):
    response = change(as_user(replaced_while_checked), new="a third password")

    assert refused_fields(response) == [("current_password", "wrong")]
    assert User.objects.get().check_password(NEW_PASSWORD)


def test_a_log_in_with_the_old_password_gets_no_session_while_it_is_changed(as_user, alice):
    session = as_user(alice).session_row
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    alice.change_password(NEW_PASSWORD, session)

    assert Session.objects.start(checked, "", None) is None


def test_an_outdated_hash_is_replaced_when_the_password_is_seen(client, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher", *settings.PASSWORD_HASHERS]

    assert log_in(client, PASSWORD) == 200
    assert User.objects.get().password.startswith("observant$")
    assert log_in(client, PASSWORD) == 200


def test_replacing_an_outdated_hash_never_brings_an_old_password_back(client, replaced_while_checked):
    log_in(client, PASSWORD)

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert not Session.objects.exists()


@pytest.fixture
def fifteen_characters(settings):
    rule = {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}}
    settings.AUTH_PASSWORD_VALIDATORS = [rule]


def test_a_server_may_ask_for_longer_passwords(client, as_user, alice, fifteen_characters):
    change_answer = change(as_user(alice), new="staple battery")
    registration = client.post("/users", {"email": "bob@example.com", "password": "staple battery"})

    assert refused_fields(change_answer) == [("new_password", "password_too_short")]
    assert refused_fields(registration) == [("password", "password_too_short")]


def test_a_shorter_password_from_before_still_logs_in(client, fifteen_characters):
    User.objects.create_user("alice@example.com", "staple battery")

    assert log_in(client, "staple battery") == 200


def test_the_commands_ask_for_longer_passwords_too(monkeypatch, fifteen_characters):
    monkeypatch.setattr("sys.stdin.read", lambda: "staple battery")

    with pytest.raises(CommandError, match="at least 15 characters"):
        call_command("createuser", "carol@example.com", "--password-stdin")
