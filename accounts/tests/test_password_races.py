"""The password is replaced while it is checked or hashed."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

from accounts.exceptions import PasswordReplaced
from accounts.flows.deactivation import deactivate
from accounts.flows.password_change import change_password, replace_password
from accounts.models import Session, User
from accounts.tests.account_requests import log_in, send_password_change
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.tests.responses import field_errors


class ObservantHasher(MD5PasswordHasher):
    """Remembers whether a transaction was open while it hashed."""

    algorithm = "observant"
    open_transactions: list[int] = []

    def encode(self, password, salt):
        self.open_transactions.append(len(connection.savepoint_ids))
        return super().encode(password, salt)


class OutdatedHasher(MD5PasswordHasher):
    """The password is replaced while the old one is hashed."""

    algorithm = "outdated"

    def verify(self, password, encoded):
        is_right = super().verify(password, encoded)
        replace_password(User.objects.get(), NEW_PASSWORD)
        return is_right


@pytest.fixture
def replaced_while_checked(alice, settings):
    """Alice; her password is replaced while it is checked."""
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, f"{__name__}.OutdatedHasher"]
    User.objects.filter(pk=alice.pk).update(password=OutdatedHasher().encode(PASSWORD, "salt"))
    return alice


def test_no_transaction_is_open_while_passwords_are_hashed(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher"]
    replace_password(alice, PASSWORD)
    client = as_user(alice)
    ObservantHasher.open_transactions.clear()

    send_password_change(client)

    assert ObservantHasher.open_transactions == [0, 0]


def test_one_of_two_concurrent_changes_wins(client, as_user, alice):
    session = as_user(alice).session_row
    slower = User.objects.get()
    change_password(alice, NEW_PASSWORD, session)

    with pytest.raises(PasswordReplaced):
        change_password(slower, "the slower one", session)

    assert log_in(client, NEW_PASSWORD) == 200


def test_an_account_that_was_just_deactivated_keeps_its_password(as_user, alice):
    session = as_user(alice).session_row
    checked = User.objects.get()
    deactivate(alice)

    with pytest.raises(PasswordReplaced):
        change_password(checked, NEW_PASSWORD, session)


def test_a_password_that_is_replaced_while_it_is_checked_is_wrong(as_user, replaced_while_checked):
    response = send_password_change(as_user(replaced_while_checked), new="a third password")

    assert field_errors(response) == [("current_password", "wrong")]
    assert User.objects.get().check_password(NEW_PASSWORD)


def test_a_log_in_with_the_old_password_gets_no_session_while_it_is_changed(as_user, alice):
    session = as_user(alice).session_row
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    change_password(alice, NEW_PASSWORD, session)

    assert Session.objects.start(checked, "", None) is None


def test_a_log_in_replaces_an_outdated_hash(client, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher", *settings.PASSWORD_HASHERS]

    assert log_in(client, PASSWORD) == 200
    assert User.objects.get().password.startswith("observant$")
    assert log_in(client, PASSWORD) == 200


def test_replacing_an_outdated_hash_never_brings_an_old_password_back(client, replaced_while_checked):
    log_in(client, PASSWORD)

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert not Session.objects.exists()
