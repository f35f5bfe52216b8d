"""POST /users."""

import uuid

import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import Session, User
from conftest import PASSWORD
from notes_api import settings as product
from notes_api.tests.responses import invalid_fields


def register(client, **members):
    return client.post("/users", {"email": "alice@example.com", "password": PASSWORD, **members})


def test_registering_creates_an_account(client, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)

    response = register(client)

    assert response.status_code == 201
    assert response.headers["Location"] == "/users/me"
    assert response.json() == {
        "id": str(User.objects.get().pk),
        "email": "alice@example.com",
        "email_verified": False,
        "created_at": "2026-01-05T09:00:00Z",
    }


def test_an_account_is_named_by_a_uuid_of_version_7(client):
    assert uuid.UUID(register(client).json()["id"]).version == 7


def test_a_registered_account_can_log_in(client):
    register(client)

    response = client.post("/login", {"username": "alice@example.com", "password": PASSWORD})

    assert response.status_code == 200


def test_registering_logs_nobody_in(client):
    register(client)

    assert not Session.objects.exists()


def test_an_address_is_stored_in_lower_case(client):
    assert register(client, email="Alice@Example.COM").json()["email"] == "alice@example.com"


def test_an_address_is_accepted_in_any_letter_case(client, alice):
    response = register(client, email="ALICE@example.com")

    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    assert User.objects.get() == alice


def test_a_taken_address_leaves_the_password_as_it_was(client, alice):
    register(client, password="mallory chose this one")

    assert client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).status_code == 200


INVALID_ADDRESSES = [
    "",
    "alice",
    "alice@",
    "@example.com",
    "alice@☃.example",
    "alice@\uff45xample.com",
    "alice@\u24d4xample.com",
    '"al\\ice"@example.com',
    "=?utf-8?q?bob?=@example.com",
    "alice@example",
    "alice@@example.com",
    "al ice@example.com",
    "alice@exa\u2028mple.com",
    "ali\u202ece@example.com",
    "ali\u200bce@example.com",
    "alice@exam\u00adple.com",
    "alice\r\nbcc: bob@example.com",
    f"{'a' * 65}@example.com",
    f"alice@{'a' * 64}.com",
    f"alice@{'abc.' * 70}com",
    "alice@example..com",
    5,
    None,
    ["alice@example.com"],
    {"alice": "example.com"},
]


def test_an_invalid_address_is_refused(client, subtests):
    for email in INVALID_ADDRESSES:
        with subtests.test(email=email):
            response = register(client, email=email)

            assert response.status_code == 400
            assert invalid_fields(response) == ["email"]
            assert not User.objects.exists()


@pytest.mark.parametrize(
    "email",
    [f"{'a' * 64}@example.com", "alice+notes@example.com", "o'hara@example.com", "alice@bücher.example"],
)
def test_every_valid_address_is_accepted(client, email):
    assert register(client, email=email).status_code == 201


def test_an_address_that_grows_too_long_in_lower_case_is_refused(client):
    # Dotted capital I becomes two characters.
    email = "alice@" + "İ" * 10 + "." + "a" * 50 + "." + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".com"

    response = register(client, email=email)

    assert len(email) <= 254 < len(email.lower())
    assert response.status_code == 400


WEAK_PASSWORDS = [
    "",
    "seven77",
    "password123",
    "alice@example.com",
    "a" * 129,
    12345678,
    None,
    ["correct horse battery"],
]


def test_a_weak_password_is_refused(client, subtests):
    for password in WEAK_PASSWORDS:
        with subtests.test(password=password):
            response = register(client, password=password)

            assert response.status_code == 400
            assert set(invalid_fields(response)) == {"password"}
            assert not User.objects.exists()


@pytest.mark.parametrize("password", ["Ohm.eins", "ö" * 128, " correct horse ", "日本語のパスワード"])
def test_a_password_of_8_to_128_characters_is_accepted(client, password):
    assert register(client, password=password).status_code == 201


def test_a_password_is_kept_with_its_spaces(client):
    register(client, password=" correct horse ")

    response = client.post("/login", {"username": "alice@example.com", "password": "correct horse"})

    assert response.status_code == 401


def test_every_character_of_a_long_password_counts(client, settings):
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]
    register(client, password="ö" * 100 + "a")

    response = client.post("/login", {"username": "alice@example.com", "password": "ö" * 100 + "b"})

    assert response.status_code == 401


def test_the_password_is_hashed_with_bcrypt(client, settings):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS

    register(client)

    assert User.objects.get().password.startswith("bcrypt_sha256_nfkc$$2b$12$")


@pytest.mark.parametrize("missing", ["email", "password"])
def test_address_and_password_are_required(client, missing):
    body = {"email": "alice@example.com", "password": PASSWORD}
    del body[missing]

    response = client.post("/users", body)

    assert response.status_code == 400
    assert response.json()["errors"] == [{"field": missing, "code": "required", "message": "This field is required."}]


def test_registering_with_unknown_members_is_refused(client, subtests):
    for member in ["is_staff", "is_superuser", "is_active", "id", "emial"]:
        with subtests.test(member=member):
            response = register(client, **{member: True})

            assert response.status_code == 400
            assert invalid_fields(response) == [member]
            assert not User.objects.exists()


def test_a_registration_is_an_object(client, subtests):
    for body in ["null", "[]", '"alice"', "5", "true"]:
        with subtests.test(body=body):
            response = client.post("/users", body, content_type="application/json")

            assert response.status_code == 400


def test_a_registration_is_json(client):
    response = client.post(
        "/users",
        f"email=alice@example.com&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 415


def test_closed_registration_refuses_registrations(client, settings):
    settings.REGISTRATION = "closed"

    response = register(client)

    assert response.status_code == 403
    assert response.json()["code"] == "registration_closed"
    assert not User.objects.exists()


def test_closed_registration_does_not_reveal_accounts(client, settings, alice):
    settings.REGISTRATION = "closed"

    assert register(client).status_code == 403


def test_the_time_of_registration_is_utc(client):
    assert parse_datetime(register(client).json()["created_at"]).utcoffset().total_seconds() == 0
