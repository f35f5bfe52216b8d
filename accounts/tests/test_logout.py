"""POST /logout."""

import pytest

from accounts.authentication.tokens import RefreshToken
from accounts.models import Session
from accounts.tests.credentials import CHALLENGE
from conftest import PASSWORD, START


def test_the_access_token_is_refused_after_a_log_out(as_user, alice):
    client = as_user(alice)

    response = client.post("/logout")

    assert response.status_code == 204
    assert response.content == b""
    assert client.get("/users/me").status_code == 401


def test_the_refresh_token_is_refused_after_a_log_out(as_user, alice):
    client = as_user(alice)
    token = str(RefreshToken.of(client.session_row))

    client.post("/logout")

    assert client.post("/login/refresh", {"refresh_token": token}).status_code == 401


def test_logging_out_leaves_the_other_devices_logged_in(as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    laptop.post("/logout")

    assert phone.get("/users/me").status_code == 200


def test_the_refresh_token_logs_out_where_the_access_token_has_expired(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    time_machine.shift(31 * 60)

    response = client.post("/logout", {"refresh_token": str(RefreshToken.of(client.session_row))})

    assert response.status_code == 204
    assert not Session.objects.live().exists()


def test_logging_out_with_a_refresh_token_can_be_repeated(client, as_user, alice):
    body = {"refresh_token": str(RefreshToken.of(as_user(alice).session_row))}
    client.post("/logout", body)

    assert client.post("/logout", body).status_code == 204


def test_ending_a_session_again_keeps_the_time_of_its_end(client, as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    session = as_user(alice).session_row
    body = {"refresh_token": str(RefreshToken.of(session))}
    client.post("/logout", body)
    time_machine.shift(60)

    client.post("/logout", body)

    session.refresh_from_db()
    assert session.revoked_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_logging_out_needs_a_token(client):
    response = client.post("/logout")

    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"
    assert response.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "\u2028"])
def test_an_invalid_refresh_token_logs_nobody_out(as_user, alice, token):
    client = as_user(alice)

    response = client.post("/logout", {"refresh_token": token})

    assert response.status_code == 401
    assert client.get("/users/me").status_code == 200


def test_a_refresh_token_that_is_not_text_is_refused(as_user, alice, subtests):
    for token in [5, None, "", [], "a" * 4097]:
        with subtests.test(token=token):
            assert as_user(alice).post("/logout", {"refresh_token": token}).status_code == 400


def test_an_access_token_in_the_body_logs_nobody_out(as_user, client, alice):
    token = client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).json()["access_token"]

    assert client.post("/logout", {"refresh_token": token}).status_code == 401


def test_logging_out_refuses_members_it_does_not_know(as_user, alice):
    client = as_user(alice)

    response = client.post("/logout", {"refresh_tokn": "a.b.c"})

    assert response.status_code == 400
    assert client.get("/users/me").status_code == 200
