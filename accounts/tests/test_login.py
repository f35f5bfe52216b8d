"""POST /login: the wire format of OAuth 2's password grant (RFC 6749, section 4.3)."""

import pytest

from accounts.models import Session, User
from conftest import PASSWORD
from notes_api.tests.hashing import CountingHasher

FORM = "application/x-www-form-urlencoded"
CREDENTIALS = {"username": "alice@example.com", "password": PASSWORD}


@pytest.fixture
def hashed(settings):
    """The passwords that were hashed since the test began to look."""
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


def test_logging_in_answers_a_bearer_token_and_a_refresh_token(client, alice):
    response = client.post("/login", CREDENTIALS)

    assert response.status_code == 200
    body = response.json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "bearer",
        "expires_in": 1800,
        "refresh_token": body["refresh_token"],
    }


def test_the_access_token_opens_the_account(client, alice):
    token = client.post("/login", CREDENTIALS).json()["access_token"]

    response = client.get("/users/me", headers={"Authorization": f"Bearer {token}"})

    assert response.json()["email"] == "alice@example.com"


def test_a_log_in_is_noted_with_its_time(client, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)

    client.post("/login", CREDENTIALS)

    alice.refresh_from_db()
    assert alice.last_login.isoformat() == "2026-01-05T09:00:00+00:00"


def test_a_form_logs_in(client, alice):
    body = "grant_type=password&username=alice%40example.com&password=correct+horse+battery"

    assert client.post("/login", body, content_type=FORM).status_code == 200


def test_a_multipart_form_logs_in(client, alice):
    assert client.post("/login", CREDENTIALS, format="multipart").status_code == 200


def test_the_letter_case_of_the_address_does_not_matter(client, alice):
    assert client.post("/login", {**CREDENTIALS, "username": "ALICE@Example.com"}).status_code == 200


@pytest.mark.parametrize("password", ["Correct horse battery", "correct horse battery ", " correct horse battery", "x"])
def test_the_password_must_be_right_to_the_letter(client, alice, password):
    response = client.post("/login", {**CREDENTIALS, "password": password})

    assert response.status_code == 401
    assert not Session.objects.exists()


def test_a_refusal_speaks_oauth_and_problem_details(client, alice):
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
    alice.deactivate()

    wrong = client.post("/login", {"username": "bob@example.com", "password": "wrong"}, headers=named)
    inactive = client.post("/login", CREDENTIALS, headers=named)

    assert (inactive.status_code, inactive.content) == (wrong.status_code, wrong.content)
    assert inactive.headers == wrong.headers


def test_the_right_password_does_not_authenticate_an_inactive_account(alice):
    alice.deactivate()

    assert User.objects.authenticate("alice@example.com", PASSWORD) is None


def test_an_account_that_is_shut_while_its_password_is_checked_gets_no_session(alice):
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    alice.deactivate()

    assert Session.objects.start(checked, "", None) is None


def test_a_password_that_is_replaced_while_it_is_checked_gets_no_session(alice):
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    alice.replace_password("a whole new password")

    assert Session.objects.start(checked, "", None) is None


def test_an_unknown_account_costs_one_hash(client, hashed):
    client.post("/login", CREDENTIALS)

    assert hashed == [PASSWORD]


def test_a_wrong_password_costs_one_hash(client, hashed, alice):
    hashed.clear()

    client.post("/login", {**CREDENTIALS, "password": "wrong"})

    assert hashed == ["wrong"]


def test_an_inactive_account_costs_one_hash(client, hashed, alice):
    alice.deactivate()
    hashed.clear()

    client.post("/login", CREDENTIALS)

    assert hashed == [PASSWORD]


def test_an_account_without_a_password_lets_nobody_in(client):
    User.objects.create_user("alice@example.com", None)

    assert client.post("/login", {**CREDENTIALS, "password": "None"}).status_code == 401


def test_an_account_without_a_password_costs_one_hash(client, hashed):
    User.objects.create_user("alice@example.com", None)
    hashed.clear()

    client.post("/login", CREDENTIALS)

    assert len(hashed) == 1


def test_another_grant_type_is_refused(client, alice):
    response = client.post("/login", {**CREDENTIALS, "grant_type": "client_credentials"})

    assert response.status_code == 400
    assert response.json()["code"] == response.json()["error"] == "unsupported_grant_type"


def test_an_empty_grant_type_counts_as_none(client, alice):
    body = "grant_type=&username=alice%40example.com&password=correct+horse+battery"

    assert client.post("/login", body, content_type=FORM).status_code == 200


@pytest.mark.parametrize(
    "members",
    [
        {"username": None},
        {"username": 5},
        {"username": ""},
        {"username": ["alice@example.com"]},
        {"username": "a\x00b"},
        {"password": None},
        {"password": 5},
        {"password": ""},
        {"password": "a" * 129},
        {"grant_type": 0},
        {"grant_type": ["password"]},
    ],
)
def test_a_login_that_is_none_is_an_invalid_request(client, alice, members):
    response = client.post("/login", {**CREDENTIALS, **members})

    assert response.status_code == 400
    assert response.json()["error"] in ("invalid_request", "unsupported_grant_type")


@pytest.mark.parametrize("missing", ["username", "password"])
def test_address_and_password_are_required(client, alice, missing):
    body = {name: value for name, value in CREDENTIALS.items() if name != missing}

    response = client.post("/login", body)

    assert response.status_code == 400
    assert response.json()["code"] == response.json()["error"] == "invalid_request"
    assert response.json()["errors"] == [{"field": missing, "code": "required", "message": "This field is required."}]


@pytest.mark.parametrize("body", ["null", "[]", '"alice"', "{", ""])
def test_a_body_that_is_no_object_is_an_invalid_request(client, body):
    response = client.post("/login", body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_what_oauth_clients_add_is_ignored(client, alice):
    response = client.post("/login", {**CREDENTIALS, "scope": "", "client_id": "swagger", "client_secret": "none"})

    assert response.status_code == 200


@pytest.mark.parametrize("header", ["Basic Y2xpZW50OnNlY3JldA==", "Bearer nonsense", "nonsense"])
def test_an_authorization_header_is_ignored(client, alice, header):
    assert client.post("/login", CREDENTIALS, headers={"Authorization": header}).status_code == 200


def test_tokens_are_not_to_be_stored_by_caches(client, alice):
    assert client.post("/login", CREDENTIALS).headers["Cache-Control"] == "no-store"


def test_a_refused_login_is_not_to_be_stored_by_caches(client):
    assert client.post("/login", CREDENTIALS).headers["Cache-Control"] == "no-store"


def test_a_password_in_the_address_is_refused(client, alice):
    response = client.post(f"/login?username=alice@example.com&password={PASSWORD}")

    assert response.status_code == 400


def test_a_file_is_no_password(client, alice):
    body = (
        "--x\r\nContent-Disposition: form-data; name=username\r\n\r\nalice@example.com\r\n"
        "--x\r\nContent-Disposition: form-data; name=password; filename=p\r\n\r\nsecret\r\n--x--\r\n"
    )

    assert client.post("/login", body, content_type="multipart/form-data; boundary=x").status_code == 400


def test_a_login_cannot_be_read(client):
    response = client.get("/login")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"
