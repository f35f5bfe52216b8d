"""The life of an API token, and what remains of it."""

import io
import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.erasure import erase
from accounts.flows.password_change import replace_password
from accounts.flows.revocation import revoke_api_tokens
from accounts.models import ApiToken
from accounts.tests.credentials import INVALID_TOKEN_CHALLENGE, is_accepted, read_me

pytestmark = pytest.mark.usefixtures("at_nine")


def test_a_request_reads_token_account_and_clock_in_one_query(script, django_assert_num_queries):
    script.get("/users/me")

    with django_assert_num_queries(1):
        assert script.get("/users/me").status_code == 200


def test_an_unmodified_list_takes_one_query(script, django_assert_num_queries):
    etag = script.get("/notes").headers["ETag"]

    with django_assert_num_queries(1):
        assert script.get("/notes", headers={"If-None-Match": etag}).status_code == 304


def test_an_expired_api_token_is_refused(by_token, alice, script, time_machine):
    client = by_token(alice, "notes:read", expires_at=timezone.now() + timedelta(seconds=60))
    time_machine.shift(59)
    assert is_accepted(client)
    time_machine.shift(1)

    assert not is_accepted(client)
    assert is_accepted(script)


def test_a_revoked_token_stops_at_the_next_request(script, as_user, alice):
    as_user(alice).delete(f"/tokens/{script.token_row.pk}")

    response = script.get("/users/me")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response.json()["detail"] == "The API token is wrong, expired or revoked."
    assert response.headers["WWW-Authenticate"] == INVALID_TOKEN_CHALLENGE


def test_revoking_one_leaves_the_others(script, by_token, as_user, alice):
    other = by_token(alice, "notes:read")

    as_user(alice).delete(f"/tokens/{script.token_row.pk}")

    assert is_accepted(other)


def test_a_token_of_an_account_that_is_off_is_refused(script, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert not is_accepted(script)


def test_deactivation_revokes_api_tokens_permanently(script, alice):
    deactivate(alice)
    reactivate(alice)

    assert not is_accepted(script)


def test_erasure_leaves_no_token(script, alice):
    erase(alice)

    assert not is_accepted(script)
    assert not ApiToken.objects.exists()


def test_api_tokens_stay_valid_after_a_log_out(script, as_user, alice):
    as_user(alice).post("/logout")
    as_user(alice).delete("/sessions")

    assert is_accepted(script)


def test_a_token_outlives_the_session_that_created_it(client, as_user, alice):
    phone = as_user(alice)
    secret = phone.post("/tokens", {"name": "Script", "scopes": ["notes:read"]}).json()["token"]
    phone.post("/logout")

    assert read_me(client, secret).status_code == 200


def test_api_tokens_stay_valid_after_a_new_password(script, alice):
    replace_password(alice, "staple battery horse")

    assert is_accepted(script)


def test_a_reset_of_the_password_revokes_tokens(script, by_token, alice, bob):
    of_bob = by_token(bob, "notes:read")

    replace_password(alice, "staple battery horse", is_reset=True)

    assert not is_accepted(script)
    assert is_accepted(of_bob)


def test_revoking_all_tokens_of_an_account_prints_their_number_and_spares_others(script, by_token, alice, bob):
    by_token(alice, "notes:append")
    of_bob = by_token(bob, "notes:read")

    assert revoke_api_tokens(alice) == 2
    assert revoke_api_tokens(alice) == 0
    assert not is_accepted(script)
    assert is_accepted(of_bob)


def test_a_new_epoch_revokes_tokens_since_some_may_have_been_revoked_in_the_lost_time(script, capsys):
    call_command("new_epoch")

    assert "API tokens revoked: 1. Programs need new ones." in capsys.readouterr().out
    assert not is_accepted(script)


def test_purge_removes_tokens_that_ended_long_ago(script, by_token, alice, as_user, capsys, time_machine):
    by_token(alice, "notes:read", expires_at=timezone.now() + timedelta(days=1))
    by_token(alice, "notes:read").token_row.revoke()
    time_machine.shift(32 * 86400)
    by_token(alice, "notes:read").token_row.revoke()

    call_command("purge", "--trust-clock")

    assert "2 ended API tokens deleted" in capsys.readouterr().out
    assert ApiToken.objects.count() == 2
    assert is_accepted(script)


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
