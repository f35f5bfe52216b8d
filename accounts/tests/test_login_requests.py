"""POST /login: the forms of a request."""

import pytest

from accounts.tests.account_requests import CREDENTIALS
from conftest import PASSWORD
from notes_api.tests.responses import problem_of

FORM = "application/x-www-form-urlencoded"


def test_a_form_logs_in(client, alice):
    body = "grant_type=password&username=alice%40example.com&password=correct+horse+battery"

    assert client.post("/login", body, content_type=FORM).status_code == 200


def test_a_multipart_form_logs_in(client, alice):
    assert client.post("/login", CREDENTIALS, format="multipart").status_code == 200


def test_another_grant_type_is_refused(client, alice):
    response = client.post("/login", {**CREDENTIALS, "grant_type": "client_credentials"})

    assert response.status_code == 400
    assert response.json()["code"] == response.json()["error"] == "unsupported_grant_type"


def test_an_empty_grant_type_is_ignored(client, alice):
    body = "grant_type=&username=alice%40example.com&password=correct+horse+battery"

    assert client.post("/login", body, content_type=FORM).status_code == 200


INVALID_MEMBERS = [
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
]


def test_an_invalid_log_in_is_an_invalid_request(client, alice, subtests):
    for members in INVALID_MEMBERS:
        with subtests.test(members=members):
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


def test_a_body_that_is_not_an_object_is_an_invalid_request(client, subtests):
    for body in ["null", "[]", '"alice"', "{", ""]:
        with subtests.test(body=body):
            response = client.post("/login", body, content_type="application/json")

            assert response.status_code == 400
            assert response.json()["error"] == "invalid_request"


def test_additional_oauth_parameters_are_ignored(client, alice):
    response = client.post("/login", {**CREDENTIALS, "scope": "", "client_id": "swagger", "client_secret": "none"})

    assert response.status_code == 200


@pytest.mark.parametrize("header", ["Basic Y2xpZW50OnNlY3JldA==", "Bearer nonsense", "nonsense"])
def test_an_authorization_header_is_ignored(client, alice, header):
    assert client.post("/login", CREDENTIALS, headers={"Authorization": header}).status_code == 200


def test_a_password_in_the_address_is_refused(client, alice):
    response = client.post(f"/login?username=alice@example.com&password={PASSWORD}")

    assert response.status_code == 400


def test_an_uploaded_file_is_not_a_password(client, alice):
    body = (
        "--x\r\nContent-Disposition: form-data; name=username\r\n\r\nalice@example.com\r\n"
        "--x\r\nContent-Disposition: form-data; name=password; filename=p\r\n\r\nsecret\r\n--x--\r\n"
    )

    assert client.post("/login", body, content_type="multipart/form-data; boundary=x").status_code == 400


def test_a_login_cannot_be_read(client):
    response = client.get("/login")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


GRANT_TYPES = [None, 0, False, [], {}]
BODIES = [{}, CREDENTIALS, {"refresh_token": "x"}]


@pytest.mark.parametrize("path", ["/login", "/login/refresh"])
def test_a_grant_type_that_is_not_a_text_is_one_error(client, alice, path, subtests):
    for grant_type in GRANT_TYPES:
        for body in BODIES:
            with subtests.test(grant_type=grant_type, body=body):
                response = client.post(path, {**body, "grant_type": grant_type})

                assert problem_of(response) == (400, "unsupported_grant_type")
                assert response.json()["errors"] == []
                assert "`grant_type=" in response.json()["detail"]
