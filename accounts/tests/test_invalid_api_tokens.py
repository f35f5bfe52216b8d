"""API tokens that are not valid, and places where a token is not accepted."""

import pytest

from accounts.authentication.tokens import AccessToken
from accounts.models import Session
from accounts.models.api_token import generate_secret
from accounts.models.base62 import compute_checksum
from accounts.tests.credentials import INVALID_TOKEN_CHALLENGE, read_me
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("at_nine")

LOGIN = {"username": "alice@example.com", "password": PASSWORD}


@pytest.fixture
def secret(script):
    return script.token_row.secret


def test_the_issued_secret_is_valid(client, secret):
    assert read_me(client, secret).status_code == 200


def test_a_truncated_secret_is_refused(client, secret, subtests):
    for characters in [1, 6, 30, 42, 55]:
        with subtests.test(characters=characters):
            assert read_me(client, secret[:-characters]).status_code == 401


def test_an_altered_secret_is_refused(client, secret, subtests):
    for position in [7, 15, 30, 49, 50, 55]:
        with subtests.test(position=position):
            other = "A" if secret[position] != "A" else "B"

            assert read_me(client, secret[:position] + other + secret[position + 1 :]).status_code == 401


@pytest.mark.parametrize("position", [7, 15, 30, 49])
def test_an_altered_secret_with_the_right_checksum_is_refused(client, secret, position):
    other = "A" if secret[position] != "A" else "B"
    body = (secret[:position] + other + secret[position + 1 :])[:-6]

    assert read_me(client, body + compute_checksum(body)).status_code == 401


def test_a_secret_that_was_never_issued_is_refused(client, script):
    assert read_me(client, generate_secret()).status_code == 401


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase, str.title])
def test_a_secret_in_another_letter_case_is_refused(client, secret, change):
    assert read_me(client, change(secret)).status_code == 401


SIMILAR_VALUES = [
    "{0}\x00",
    "{0}{0}",
    "{0}=",
    "{0}é",
    "{0},{0}",
    '"{0}"',
    "{0} {0}",
    "cn_pat_ {0}",
    "x{0}",
    "Bearer {0}",
    "cn_pat_",
    "cn_pat_%00",
    "cn_pat_\x00",
    "cn_pat_" + "ü" * 49,
    "cn_pat_" + "\u0661" * 49,
    "cn_pat_" + "A" * 10_000,
    "cn_pat_" + "A" * 49,
    "cn_pat_" + "' OR 1=1 --".ljust(49, "A"),
    "CN_PAT_{0}",
]


def test_a_value_that_resembles_a_secret_is_refused(client, secret, subtests):
    for form in SIMILAR_VALUES:
        with subtests.test(form=form):
            header = form.format(secret).encode().decode("latin-1")

            response = client.get("/users/me", HTTP_AUTHORIZATION=f"Bearer {header}")

            assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
            assert response.headers["WWW-Authenticate"] == INVALID_TOKEN_CHALLENGE


def test_the_digest_and_the_id_are_refused_as_credentials(client, script):
    assert read_me(client, script.token_row.digest).status_code == 401
    assert read_me(client, script.token_row.pk).status_code == 401
    assert read_me(client, script.token_row.prefix).status_code == 401


def test_an_access_token_that_names_an_api_token_as_its_session_is_refused(client, script):
    forged = AccessToken.of(Session(pk=script.token_row.pk, user=script.token_row.user))

    assert read_me(client, forged).status_code == 401


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest", ""])
def test_another_scheme_counts_as_no_credentials(client, secret, scheme):
    response = client.get("/users/me", headers={"Authorization": f"{scheme} {secret}"})

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("place", ["/users/me?token={}", "/users/me?access_token={}", "/users/me?api_key={}"])
def test_a_token_in_the_address_is_refused(client, secret, place):
    assert client.get(place.format(secret)).status_code == 401


def test_an_api_token_is_neither_a_refresh_token_nor_a_password(client, secret):
    assert client.post("/login/refresh", {"refresh_token": secret}).status_code == 401
    assert client.post("/login", {**LOGIN, "password": secret}).status_code == 401


def test_an_api_token_does_not_give_access_to_the_admin(by_token, superuser):
    response = by_token(superuser, "notes:write").get("/admin/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("ending", ["A", "B", "~"])
def test_a_slip_is_refused_by_the_checksum_without_a_query(client, secret, django_assert_num_queries, ending):
    slipped = secret[:-1] + (ending if secret[-1] != ending else "C")

    with django_assert_num_queries(0):
        assert read_me(client, slipped).status_code == 401
