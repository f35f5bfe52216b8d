"""POST /users/me/erase needs the password."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.db import connection
from django.urls import get_resolver

from accounts.models import ThrottleCounter, User
from accounts.tests.account_requests import erase_account
from conftest import PASSWORD
from notes_api.server.hashing_paths import hashing_paths
from notes_api.tests.responses import field_errors


class ChangingHasher(MD5PasswordHasher):
    """The password is changed during its check."""

    def verify(self, password, encoded):
        is_right = super().verify(password, encoded)
        User.objects.filter(password=encoded).update(password=make_password("another", hasher="md5"))
        return is_right


class ObservantHasher(MD5PasswordHasher):
    """Remembers whether a transaction was open."""

    seen = []

    def verify(self, password, encoded):
        self.seen.append(connection.in_atomic_block)
        return super().verify(password, encoded)


@pytest.mark.parametrize("password", ["wrong", "", f"{PASSWORD} ", PASSWORD.upper()])
def test_a_wrong_password_erases_nothing(as_user, alice, password):
    client = as_user(alice)

    assert erase_account(client, password).status_code == 400
    assert client.get("/users/me").status_code == 200


def test_a_wrong_password_is_an_error_of_its_field(as_user, alice):
    assert field_errors(erase_account(as_user(alice), "wrong")) == [("password", "wrong")]


def test_guessing_the_password_here_is_limited_like_logging_in(as_user, alice, one_guess):
    client = as_user(alice)
    erase_account(client, "wrong")

    response = erase_account(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert User.objects.exists()


def test_a_guess_here_counts_for_the_log_in(as_user, alice, client, one_guess):
    erase_account(as_user(alice), "wrong")

    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 429


def test_the_right_password_does_not_count_as_a_guess(as_user, alice, one_guess):
    erase_account(as_user(alice))

    assert {counter.count for counter in ThrottleCounter.objects.all()} == {0}


def test_a_password_changed_while_it_was_checked_is_a_wrong_one(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ChangingHasher"]

    assert field_errors(erase_account(as_user(alice))) == [("password", "wrong")]
    assert User.objects.get() == alice


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_check_of_the_password(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher"]
    ObservantHasher.seen.clear()

    erase_account(as_user(alice))

    assert ObservantHasher.seen == [False]


def test_the_password_is_checked_in_the_thread_pool_for_hashing():
    assert "/users/me/erase" in hashing_paths(get_resolver().url_patterns)
