"""POST /login/refresh: rotation, the grace period for a lost response, and reuse."""

from datetime import datetime

import jwt
import pytest

from accounts.authentication.tokens import RefreshToken
from accounts.flows.password_change import replace_password
from conftest import PASSWORD, START


def log_in(client):
    return client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).json()


def refresh(client, token):
    return client.post("/login/refresh", {"refresh_token": token})


def read_me(client, tokens):
    return client.get("/users/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def identity(token):
    return jwt.decode(token, options={"verify_signature": False})["jti"]


@pytest.fixture
def tokens(client, alice, time_machine):
    """Alice has just logged in; time is frozen."""
    time_machine.move_to(START, tick=False)
    return log_in(client)


def test_a_refresh_responds_like_a_log_in(client, tokens):
    response = refresh(client, tokens["refresh_token"])

    assert response.status_code == 200
    body = response.json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "bearer",
        "expires_in": 1800,
        "refresh_token": body["refresh_token"],
    }


def test_a_refresh_token_is_replaced_by_another(client, tokens):
    renewed = refresh(client, tokens["refresh_token"]).json()

    assert identity(renewed["refresh_token"]) != identity(tokens["refresh_token"])


def test_the_new_access_token_reads_the_account(client, tokens):
    assert read_me(client, refresh(client, tokens["refresh_token"]).json()).status_code == 200


def test_the_new_refresh_token_can_be_refreshed(client, tokens):
    renewed = refresh(client, tokens["refresh_token"]).json()

    assert refresh(client, renewed["refresh_token"]).status_code == 200


def test_a_form_refreshes(client, tokens):
    body = f"grant_type=refresh_token&client_id=swagger&refresh_token={tokens['refresh_token']}"

    response = client.post("/login/refresh", body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 200


def test_another_grant_type_is_refused(client, tokens):
    response = client.post("/login/refresh", {"refresh_token": tokens["refresh_token"], "grant_type": "password"})

    assert response.status_code == 400
    assert response.json()["error"] == "unsupported_grant_type"


def test_an_authorization_header_is_ignored(client, tokens):
    headers = {"Authorization": "Bearer nonsense"}

    response = client.post("/login/refresh", {"refresh_token": tokens["refresh_token"]}, headers=headers)

    assert response.status_code == 200


def test_a_refresh_is_not_to_be_stored_by_caches(client, tokens):
    assert refresh(client, tokens["refresh_token"]).headers["Cache-Control"] == "no-store"


def test_a_retry_after_a_lost_response_gets_the_same_refresh_token(client, tokens, time_machine):
    first = refresh(client, tokens["refresh_token"]).json()
    time_machine.shift(10)

    again = refresh(client, tokens["refresh_token"])

    assert again.status_code == 200
    assert identity(again.json()["refresh_token"]) == identity(first["refresh_token"])


def test_a_retry_rotates_nothing(client, tokens):
    first = refresh(client, tokens["refresh_token"]).json()
    refresh(client, tokens["refresh_token"])

    assert refresh(client, first["refresh_token"]).status_code == 200


def test_a_refresh_token_used_again_after_ten_seconds_ends_the_session(client, tokens, time_machine):
    renewed = refresh(client, tokens["refresh_token"]).json()
    time_machine.shift(11)

    response = refresh(client, tokens["refresh_token"])

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_grant"
    assert read_me(client, renewed).status_code == 401
    assert refresh(client, renewed["refresh_token"]).status_code == 401


def test_a_refresh_token_used_again_after_its_successor_ends_the_session(client, tokens):
    second = refresh(client, tokens["refresh_token"]).json()
    third = refresh(client, second["refresh_token"]).json()

    response = refresh(client, tokens["refresh_token"])

    assert response.status_code == 401
    assert read_me(client, third).status_code == 401


@pytest.mark.parametrize("generation", [-1, 1, 2])
def test_a_refresh_token_that_was_never_issued_ends_no_session(client, as_user, alice, generation):
    phone = as_user(alice)
    token = RefreshToken.of(phone.session_row)
    token.payload["generation"] = generation

    assert refresh(client, str(token)).status_code == 401
    assert phone.get("/users/me").status_code == 200


def test_reuse_leaves_the_other_devices_logged_in(client, tokens, time_machine):
    other = log_in(client)
    refresh(client, tokens["refresh_token"])
    time_machine.shift(11)

    refresh(client, tokens["refresh_token"])

    assert read_me(client, other).status_code == 200


def test_a_refresh_extends_the_session(client, tokens, time_machine):
    time_machine.move_to("2026-02-04T08:59:59Z", tick=False)
    renewed = refresh(client, tokens["refresh_token"]).json()
    time_machine.move_to("2026-03-06T08:59:58Z", tick=False)

    assert refresh(client, renewed["refresh_token"]).status_code == 200


def test_a_refresh_token_expires_with_its_session(client, tokens):
    renewed = refresh(client, tokens["refresh_token"]).json()

    claims = jwt.decode(renewed["refresh_token"], options={"verify_signature": False})
    assert claims["exp"] == datetime.fromisoformat("2026-02-04T09:00:00Z").timestamp()


def test_a_refresh_updates_last_used_at(client, tokens, time_machine):
    time_machine.shift(30)
    renewed = refresh(client, tokens["refresh_token"]).json()

    sessions = client.get("/sessions", headers={"Authorization": f"Bearer {renewed['access_token']}"}).json()["results"]
    assert [session["last_used_at"] for session in sessions] == ["2026-01-05T09:00:30Z"]


def test_a_session_ends_thirty_days_after_its_last_refresh(client, tokens, time_machine):
    time_machine.move_to("2026-02-04T09:00:01Z", tick=False)

    response = refresh(client, tokens["refresh_token"])

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_grant"


def test_a_retry_does_not_extend_the_session(client, tokens, time_machine):
    refresh(client, tokens["refresh_token"])
    time_machine.shift(10)
    retried = refresh(client, tokens["refresh_token"]).json()
    time_machine.move_to("2026-02-04T09:00:01Z", tick=False)

    assert refresh(client, retried["refresh_token"]).status_code == 401


def test_a_session_that_was_logged_out_cannot_be_refreshed(client, tokens):
    client.post("/logout", headers={"Authorization": f"Bearer {tokens['access_token']}"})

    assert refresh(client, tokens["refresh_token"]).status_code == 401


def test_a_deactivated_account_cannot_refresh(client, tokens, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert refresh(client, tokens["refresh_token"]).status_code == 401


def test_a_deleted_account_cannot_refresh(client, tokens, alice):
    alice.delete()

    response = refresh(client, tokens["refresh_token"])

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_grant"


def test_a_new_password_ends_every_session(client, tokens, alice):
    replace_password(alice, "a whole new password")

    assert refresh(client, tokens["refresh_token"]).status_code == 401
    assert read_me(client, tokens).status_code == 401


def test_an_access_token_is_refused_as_a_refresh_token(client, tokens):
    response = refresh(client, tokens["access_token"])

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_grant"
    assert read_me(client, tokens).status_code == 200


def test_an_invalid_token_is_refused(client, subtests):
    for token in ["nonsense", "a.b.c", "e30.e30.", "ünï.cö.de", "\u2028", "." * 4000]:
        with subtests.test(token=token):
            response = refresh(client, token)

            assert response.status_code == 401
            assert response.json()["error"] == "invalid_grant"


def test_a_value_that_cannot_be_a_token_is_an_invalid_request(client, subtests):
    for token in [None, "", 5, ["a.b.c"], {}, "a" * 4097]:
        with subtests.test(token=token):
            response = refresh(client, token)

            assert response.status_code == 400
            assert response.json()["error"] == "invalid_request"
