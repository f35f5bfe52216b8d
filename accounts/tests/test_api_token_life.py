"""How long an API token is good, what it leaves behind, and what is none."""

import io
import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ApiToken, Session
from accounts.models.api_token import checksum_of, new_secret
from accounts.tokens import AccessToken
from conftest import PASSWORD

START = "2026-01-05T09:00:00Z"
INVALID = 'Bearer error="invalid_token"'
LOGIN = {"username": "alice@example.com", "password": PASSWORD}


def read_me(client, credentials):
    return client.get("/users/me", headers={"Authorization": f"Bearer {credentials}"})


def is_refused(client):
    response = client.get("/users/me")
    assert response.status_code in (200, 401)
    return response.status_code == 401


@pytest.fixture
def script(by_token, alice, time_machine):
    """Alice's script, at nine."""
    time_machine.move_to(START, tick=False)
    return by_token(alice, "notes:read")


@pytest.fixture
def secret(script):
    return script.token_row.secret


# --- what is none ----------------------------------------------------------------------------------------------------


def test_the_secret_as_it_was_given_is_good(client, secret):
    assert read_me(client, secret).status_code == 200


@pytest.mark.parametrize("characters", [1, 6, 30, 42, 55])
def test_a_truncated_secret_is_refused(client, secret, characters):
    assert read_me(client, secret[:-characters]).status_code == 401


@pytest.mark.parametrize("position", [7, 15, 30, 49, 50, 55])
def test_an_altered_secret_is_refused(client, secret, position):
    other = "A" if secret[position] != "A" else "B"

    assert read_me(client, secret[:position] + other + secret[position + 1 :]).status_code == 401


@pytest.mark.parametrize("position", [7, 15, 30, 49])
def test_an_altered_secret_with_the_right_checksum_is_refused(client, secret, position):
    other = "A" if secret[position] != "A" else "B"
    body = (secret[:position] + other + secret[position + 1 :])[:-6]

    assert read_me(client, body + checksum_of(body)).status_code == 401


def test_a_secret_that_was_never_given_out_is_refused(client, script):
    assert read_me(client, new_secret()).status_code == 401


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase, str.title])
def test_a_secret_in_another_letter_case_is_refused(client, secret, change):
    assert read_me(client, change(secret)).status_code == 401


@pytest.mark.parametrize(
    "form",
    [
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
    ],
)
def test_what_is_like_a_secret_is_refused(client, secret, form):
    header = form.format(secret).encode().decode("latin-1")

    response = client.get("/users/me", HTTP_AUTHORIZATION=f"Bearer {header}")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == INVALID


def test_the_digest_and_the_id_are_no_credentials(client, script):
    assert read_me(client, script.token_row.digest).status_code == 401
    assert read_me(client, script.token_row.pk).status_code == 401
    assert read_me(client, script.token_row.prefix).status_code == 401


def test_an_access_token_that_names_an_api_token_as_its_session_is_refused(client, script):
    forged = AccessToken.of(Session(pk=script.token_row.pk, user=script.token_row.user))

    assert read_me(client, forged).status_code == 401


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest", ""])
def test_another_scheme_makes_no_difference_to_nobody(client, secret, scheme):
    response = client.get("/users/me", headers={"Authorization": f"{scheme} {secret}"})

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("place", ["/users/me?token={}", "/users/me?access_token={}", "/users/me?api_key={}"])
def test_a_token_in_the_address_is_refused(client, secret, place):
    assert client.get(place.format(secret)).status_code == 401


def test_a_token_does_not_refresh_and_is_no_password(client, secret):
    assert client.post("/login/refresh", {"refresh_token": secret}).status_code == 401
    assert client.post("/login", {**LOGIN, "password": secret}).status_code == 401


def test_a_token_opens_no_admin(by_token, superuser):
    response = by_token(superuser, "notes:write").get("/admin/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_a_request_reads_token_account_and_clock_in_one_query(script, django_assert_num_queries):
    script.get("/users/me")

    with django_assert_num_queries(1):
        assert script.get("/users/me").status_code == 200


def test_a_list_that_is_known_takes_no_more_than_that(script, django_assert_num_queries):
    etag = script.get("/notes").headers["ETag"]

    with django_assert_num_queries(1):
        assert script.get("/notes", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("ending", ["A", "B", "~"])
def test_a_slip_is_refused_by_the_checksum_without_a_query(client, secret, django_assert_num_queries, ending):
    slipped = secret[:-1] + (ending if secret[-1] != ending else "C")

    with django_assert_num_queries(0):
        assert read_me(client, slipped).status_code == 401


# --- how long it is good ---------------------------------------------------------------------------------------------


def test_a_token_stops_when_its_time_is_up(by_token, alice, script, time_machine):
    client = by_token(alice, "notes:read", expires_at=timezone.now() + timedelta(seconds=60))
    time_machine.shift(59)
    assert not is_refused(client)
    time_machine.shift(1)

    assert is_refused(client)
    assert not is_refused(script)


def test_a_revoked_token_stops_at_the_next_request(script, as_user, alice):
    as_user(alice).delete(f"/tokens/{script.token_row.pk}")

    response = script.get("/users/me")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response.json()["detail"] == "The API token is wrong, expired or revoked."
    assert response.headers["WWW-Authenticate"] == INVALID


def test_revoking_one_leaves_the_others(script, by_token, as_user, alice):
    other = by_token(alice, "notes:read")

    as_user(alice).delete(f"/tokens/{script.token_row.pk}")

    assert not is_refused(other)


def test_a_token_of_an_account_that_is_off_is_refused(script, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert is_refused(script)


def test_deactivation_revokes_for_good(script, alice):
    alice.deactivate()
    alice.reactivate()

    assert is_refused(script)


def test_erasure_leaves_no_token(script, alice):
    alice.erase()

    assert is_refused(script)
    assert not ApiToken.objects.exists()


def test_a_log_out_leaves_tokens_good(script, as_user, alice):
    as_user(alice).post("/logout")
    as_user(alice).delete("/sessions")

    assert not is_refused(script)


def test_a_token_outlives_the_session_that_made_it(client, as_user, alice):
    phone = as_user(alice)
    secret = phone.post("/tokens", {"name": "Script", "scopes": ["notes:read"]}).json()["token"]
    phone.post("/logout")

    assert read_me(client, secret).status_code == 200


def test_a_new_password_leaves_tokens_good(script, alice):
    alice.replace_password("staple battery horse")

    assert not is_refused(script)


def test_a_reset_of_the_password_revokes_tokens(script, by_token, alice, bob):
    of_bob = by_token(bob, "notes:read")

    alice.replace_password("staple battery horse", is_reset=True)

    assert is_refused(script)
    assert not is_refused(of_bob)


def test_revoking_all_of_an_account_says_how_many_and_spares_other_accounts(script, by_token, alice, bob):
    by_token(alice, "notes:append")
    of_bob = by_token(bob, "notes:read")

    assert alice.revoke_api_tokens() == 2
    assert alice.revoke_api_tokens() == 0
    assert is_refused(script)
    assert not is_refused(of_bob)


def test_a_new_epoch_revokes_tokens_since_some_may_have_been_revoked_in_the_lost_time(script, capsys):
    call_command("new_epoch")

    assert "API tokens revoked: 1. Programs need new ones." in capsys.readouterr().out
    assert is_refused(script)


def test_purge_removes_tokens_that_have_long_been_over(script, by_token, alice, as_user, capsys, time_machine):
    by_token(alice, "notes:read", expires_at=timezone.now() + timedelta(days=1))
    by_token(alice, "notes:read").token_row.revoke()
    time_machine.shift(32 * 86400)
    by_token(alice, "notes:read").token_row.revoke()

    call_command("purge")

    assert "2 ended API tokens removed" in capsys.readouterr().out
    assert ApiToken.objects.count() == 2
    assert not is_refused(script)


# --- when it was used ------------------------------------------------------------------------------------------------


def last_use(client):
    client.token_row.refresh_from_db()
    return client.token_row.last_used_at and client.token_row.last_used_at.isoformat()


def test_the_first_use_is_written(script):
    assert last_use(script) is None

    script.get("/users/me")

    assert last_use(script) == "2026-01-05T09:00:00+00:00"


def test_the_last_use_is_written_once_a_minute_at_most(script, time_machine):
    script.get("/users/me")
    time_machine.shift(59)
    script.get("/users/me")
    assert last_use(script) == "2026-01-05T09:00:00+00:00"
    time_machine.shift(1)
    script.get("/users/me")

    assert last_use(script) == "2026-01-05T09:01:00+00:00"


def test_the_last_use_never_fails_a_read(script, monkeypatch):
    def fail(*args, **values):
        raise DatabaseError("disk full")

    monkeypatch.setattr(QuerySet, "update", fail)

    assert script.get("/notes").status_code == 200


# --- where the secret is not -----------------------------------------------------------------------------------------


def test_the_secret_is_in_no_log_and_in_no_dump_of_the_database(as_user, client, alice, caplog):
    caplog.set_level(logging.DEBUG)
    secret = as_user(alice).post("/tokens", {"name": "Script", "scopes": ["notes:write"]}).json()["token"]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"}
    client.post("/notes", {"title": "Milk"}, headers=headers)
    client.get("/sessions", headers=headers)
    client.get("/users/me", headers={"Authorization": f"Bearer {secret}x"})
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)

    assert secret[:15] in dump.getvalue()
    assert secret[15:] not in dump.getvalue()
    assert "notes_api.access" in {record.name for record in caplog.records}
    assert secret[:15] not in caplog.text
