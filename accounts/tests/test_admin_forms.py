"""Forms of the admin for new users and new addresses."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

from accounts.models import Clock, User
from accounts.tests.staff import USERS, new_user, page_of, save
from conftest import NEW_PASSWORD


def test_a_new_user_can_log_in_and_create_a_note(in_admin, superuser, client, as_user):
    response = new_user(in_admin(superuser), "Carol@Example.COM")

    carol = User.objects.get(email="carol@example.com")
    assert response.redirect_chain == [(page_of(carol), 302)]
    assert Clock.objects.get(user=carol).value == 0
    assert client.post("/login", {"username": carol.email, "password": NEW_PASSWORD}).status_code == 200
    assert as_user(carol).post("/notes", {"title": "Milk"}).status_code == 201
    assert LogEntry.objects.get().object_id == str(carol.pk)


INVALID_USERS = [
    ("ALICE@example.com", NEW_PASSWORD, None, "An account with this e-mail address already exists."),
    ("carol", NEW_PASSWORD, None, "Enter a valid email address."),
    ("carol\u202e@example.com", NEW_PASSWORD, None, "Enter a valid email address."),
    ("c" * 65 + "@example.com", NEW_PASSWORD, None, "The part before the @ has more than 64 characters."),
    ("carol@example.com", "short", None, "This password is too short."),
    ("carol@example.com", "password", None, "This password is too common."),
    ("carol@example.com", "carol@example.com", None, "The password is too similar to the e-mail address."),
    ("carol@example.com", "a" * 129, None, "Your password must contain at most 128 characters."),
    ("carol@example.com", NEW_PASSWORD, "another one", "The two password fields didn"),
]


def test_the_password_rules_apply_to_a_new_user(in_admin, superuser, alice, subtests):
    for email, password, again, message in INVALID_USERS:
        with subtests.test(email=email, password=password, again=again, message=message):
            response = new_user(in_admin(superuser), email, password, again)

            assert response.status_code == 200
            assert message in response.content.decode()
            assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("email", "password", "again"),
    [
        (" carol@example.com\u00a0", NEW_PASSWORD, None),
        ("\ufeffcarol@example.com", NEW_PASSWORD, None),
        ("\u202acarol@example.com\u202c", NEW_PASSWORD, None),
        ("carol@example.com", "Käsebrot am Morgen", "Ka\u0308sebrot am Morgen"),
        ("carol@example.com", "ｋａｓｅ am Morgen", "kase am Morgen"),
    ],
)
def test_staff_may_type_an_address_and_a_password_on_any_keyboard(in_admin, superuser, client, email, password, again):
    new_user(in_admin(superuser), email, password, again)

    assert client.post("/login", {"username": "carol@example.com", "password": password}).status_code == 200


def test_a_user_cannot_be_given_the_address_of_another_in_mixed_case(in_admin, superuser, alice, bob):
    response = save(in_admin(superuser), bob, email="Alice@Example.com")

    assert "An account with this e-mail address already exists." in response.content.decode()
    bob.refresh_from_db()
    assert bob.email == "bob@example.com"


@pytest.fixture
def _taken_meanwhile(monkeypatch):
    """Another account takes the address between the check and the write."""
    monkeypatch.setattr(User, "validate_unique", lambda user, exclude=None: None)


@pytest.mark.usefixtures("_taken_meanwhile")
def test_a_new_user_whose_address_was_just_taken_is_a_message(in_admin, superuser, bob):
    response = new_user(in_admin(superuser), "bob@example.com")

    assert "Another account has taken bob@example.com in the meantime." in response.content.decode()


@pytest.mark.usefixtures("_taken_meanwhile")
def test_a_new_address_that_was_just_taken_is_a_message(in_admin, superuser, alice, bob):
    response = save(in_admin(superuser), alice, email="bob@example.com")

    assert "Another account has taken bob@example.com in the meantime." in response.content.decode()


def test_a_new_address_is_stored_in_lower_case(in_admin, superuser, alice):
    save(in_admin(superuser), alice, email="Alice.Liddell@Example.com")

    alice.refresh_from_db()
    assert alice.email == "alice.liddell@example.com"


@pytest.fixture
def depths(monkeypatch):
    """Return the depth of transactions at each hash, without that of the test."""
    encode, depths = MD5PasswordHasher.encode, []
    depth = len(connection.savepoint_ids)
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda *args: depths.append(len(connection.savepoint_ids) - depth) or encode(*args),
    )
    return depths


def test_nobody_waits_while_the_password_of_a_new_user_is_hashed(in_admin, superuser, depths):
    new_user(in_admin(superuser), "carol@example.com")

    assert depths == [0]


def test_nobody_waits_while_a_password_set_by_staff_is_hashed(in_admin, superuser, alice, depths):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    in_admin(superuser).post(f"{USERS}{alice.pk}/password/", form)

    assert depths == [0]
