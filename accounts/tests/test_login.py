"""POST /login: the wire format of OAuth 2's password grant (RFC 6749, section 4.3)."""

import pytest

from accounts.flows.deactivation import deactivate
from accounts.flows.password_change import replace_password
from accounts.models import Session, User
from accounts.tests.account_requests import CREDENTIALS
from conftest import PASSWORD
from notes_api.tests.hashing import CountingHasher


@pytest.fixture
def hashed(settings):
    """The passwords that were hashed during the test."""
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


def test_logging_in_returns_an_access_token_and_a_refresh_token(client, alice):
    response = client.post("/login", CREDENTIALS)

    assert response.status_code == 200
    body = response.json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "bearer",
        "expires_in": 1800,
        "refresh_token": body["refresh_token"],
    }


def test_the_access_token_reads_the_account(client, alice):
    token = client.post("/login", CREDENTIALS).json()["access_token"]

    response = client.get("/users/me", headers={"Authorization": f"Bearer {token}"})

    assert response.json()["email"] == "alice@example.com"


def test_a_log_in_sets_last_login(client, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)

    client.post("/login", CREDENTIALS)

    alice.refresh_from_db()
    assert alice.last_login.isoformat() == "2026-01-05T09:00:00+00:00"


def test_the_letter_case_of_the_address_does_not_matter(client, alice):
    assert client.post("/login", {**CREDENTIALS, "username": "ALICE@Example.com"}).status_code == 200


@pytest.mark.parametrize("password", ["Correct horse battery", "correct horse battery ", " correct horse battery", "x"])
def test_the_password_is_compared_exactly(client, alice, password):
    response = client.post("/login", {**CREDENTIALS, "password": password})

    assert response.status_code == 401
    assert not Session.objects.exists()


def test_an_error_has_the_members_of_oauth_and_of_a_problem(client, alice):
    response = client.post("/login", {**CREDENTIALS, "password": "wrong"}, headers={"X-Request-ID": "42"})

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The e-mail address or the password is wrong.",
        "code": "invalid_grant",
        "request_id": "42",
        "errors": [],
        "error": "invalid_grant",
        "error_description": "The e-mail address or the password is wrong.",
    }


def test_an_unknown_account_is_refused_like_a_wrong_password(client, alice):
    named = {"X-Request-ID": "same"}

    wrong = client.post("/login", {**CREDENTIALS, "password": "wrong"}, headers=named)
    unknown = client.post("/login", {**CREDENTIALS, "username": "nobody@example.com"}, headers=named)

    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)
    assert unknown.headers == wrong.headers


def test_an_inactive_account_is_refused_like_a_wrong_password(client, alice, bob):
    named = {"X-Request-ID": "same"}
    deactivate(alice)

    wrong = client.post("/login", {"username": "bob@example.com", "password": "wrong"}, headers=named)
    inactive = client.post("/login", CREDENTIALS, headers=named)

    assert (inactive.status_code, inactive.content) == (wrong.status_code, wrong.content)
    assert inactive.headers == wrong.headers


def test_the_right_password_does_not_authenticate_an_inactive_account(alice):
    deactivate(alice)

    assert User.objects.authenticate("alice@example.com", PASSWORD) is None


def test_an_account_deactivated_during_the_check_gets_no_session(alice):
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    deactivate(alice)

    assert Session.objects.start(checked, "", None) is None


def test_a_password_replaced_during_its_check_gets_no_session(alice):
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    replace_password(alice, "a whole new password")

    assert Session.objects.start(checked, "", None) is None


def test_an_unknown_account_costs_one_hash(client, hashed):
    client.post("/login", CREDENTIALS)

    assert hashed == [PASSWORD]


def test_a_wrong_password_costs_one_hash(client, hashed, alice):
    hashed.clear()

    client.post("/login", {**CREDENTIALS, "password": "wrong"})

    assert hashed == ["wrong"]


def test_an_inactive_account_costs_one_hash(client, hashed, alice):
    deactivate(alice)
    hashed.clear()

    client.post("/login", CREDENTIALS)

    assert hashed == [PASSWORD]


def test_an_account_without_a_password_cannot_log_in(client):
    User.objects.create_user("alice@example.com", None)

    assert client.post("/login", {**CREDENTIALS, "password": "None"}).status_code == 401


def test_an_account_without_a_password_costs_one_hash(client, hashed):
    User.objects.create_user("alice@example.com", None)
    hashed.clear()

    client.post("/login", CREDENTIALS)

    assert len(hashed) == 1


def test_tokens_are_not_to_be_stored_by_caches(client, alice):
    assert client.post("/login", CREDENTIALS).headers["Cache-Control"] == "no-store"


def test_a_refused_login_is_not_to_be_stored_by_caches(client):
    assert client.post("/login", CREDENTIALS).headers["Cache-Control"] == "no-store"
