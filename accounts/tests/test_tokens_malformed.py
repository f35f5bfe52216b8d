"""Access tokens that are not well-formed, and places where a token is not accepted."""

import base64

import pytest

from accounts.tests.credentials import CHALLENGE, INVALID_TOKEN_CHALLENGE, read_me
from accounts.tests.forged_tokens import part


@pytest.mark.parametrize("characters", [1, 5, 40, 100])
def test_a_truncated_token_is_refused(client, forge, characters):
    assert read_me(client, forge()[:-characters]).status_code == 401


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_altered_token_is_refused(client, forge, part):
    parts = forge().split(".")
    parts[part] = parts[part][:10] + ("A" if parts[part][10] != "A" else "B") + parts[part][11:]

    assert read_me(client, ".".join(parts)).status_code == 401


GARBAGE = [
    "",
    "nonsense",
    "a.b",
    "a.b.c",
    "a.b.c.d.e",
    "....",
    "null",
    "e30.e30.e30",
    "two words",
    "\xff\xfe",
    "%00",
    "a" * 100_000,
    f"{part({'alg': 'HS256'})}.{part([])}.c2ln",
    f"{part([])}.{part({})}.c2ln",
    f"{part(5)}.{part({})}.c2ln",
    f"{part({'alg': 'HS256', 'kid': 5})}.{part({})}.c2ln",
    f"{part({'alg': ['HS256'], 'kid': {}})}.{part({})}.c2ln",
]


def test_garbage_is_refused(client, subtests):
    for token in GARBAGE:
        with subtests.test(token=token):
            response = read_me(client, token)

            assert response.status_code == 401
            assert response.json()["code"] == "invalid_token"


def test_a_deeply_nested_header_is_refused(client):
    deep = base64.urlsafe_b64encode(b"[" * 100_000).rstrip(b"=").decode()

    assert read_me(client, f"{deep}.e30.c2ln").status_code == 401


def test_a_token_in_the_address_is_refused(client, forge):
    assert client.get(f"/users/me?access_token={forge()}").status_code == 401


def test_a_token_in_a_cookie_is_refused(client, forge):
    client.cookies["access_token"] = forge()

    assert client.get("/users/me").status_code == 401


def test_a_session_of_the_admin_does_not_open_the_api(client, staff):
    client.force_login(staff)

    assert client.get("/users/me").status_code == 401


@pytest.mark.parametrize("credentials", ["", "Basic YWxpY2U6c2VjcmV0", "Token abc", "nonsense"])
def test_without_a_bearer_token_the_challenge_names_no_error(client, credentials):
    response = client.get("/users/me", headers={"Authorization": credentials})

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"] == CHALLENGE


def test_the_challenge_for_an_invalid_token_names_the_error(client):
    response = read_me(client, "nonsense")

    assert response.headers["WWW-Authenticate"] == INVALID_TOKEN_CHALLENGE


def test_logging_out_with_an_invalid_token_gets_a_challenge(client):
    response = client.post("/logout", headers={"Authorization": "Bearer nonsense"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == INVALID_TOKEN_CHALLENGE
