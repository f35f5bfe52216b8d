"""When an event stream ends: with its credentials, and soon after they are revoked."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from accounts.authentication.tokens import AccessToken
from accounts.models import ApiToken
from notes.tests.event_streams import Listener, api_token, cursor_of, listen, write
from notes.views.stream import end_of_stream
from notes_api.tests.live_server import PASSWORD, connected, environment, log_in

__all__ = ["api_token", "listen"]

# Seconds within which a stream must end if five are promised: a busy machine may add some, and a missed check would
# add five.
IN_TIME = 9


def test_a_stream_ends_within_five_seconds_of_logout(listen, visitor):
    stream = listen()
    began = time.monotonic()

    visitor.post("/logout").raise_for_status()
    stream.read_to_end()

    assert time.monotonic() - began < IN_TIME


def test_a_stream_ends_within_five_seconds_of_erasing_the_account(listen, visitor):
    stream = listen()
    began = time.monotonic()

    visitor.post("/users/me/erase", json={"password": PASSWORD}).raise_for_status()
    stream.read_to_end()

    assert time.monotonic() - began < IN_TIME


def test_a_stream_ends_within_five_seconds_of_a_password_change(listen, product, visitor):
    stream = listen()
    began = time.monotonic()

    with connected(product) as laptop:
        token = log_in(laptop, visitor.email).json()["access_token"]
        passwords = {"current_password": PASSWORD, "new_password": "staple battery horse"}
        changed = laptop.post("/users/me/password", json=passwords, headers={"Authorization": f"Bearer {token}"})
    stream.read_to_end()

    assert changed.status_code == 204
    assert time.monotonic() - began < IN_TIME


def test_a_stream_ends_with_its_access_token(product, served_database, visitor):
    with override_settings(SECRET_KEY=environment(served_database)["SECRET_KEY"]):
        token = AccessToken(visitor.tokens["access_token"])
        token.set_exp(lifetime=timedelta(seconds=4))
        began = time.monotonic()
        with Listener(product, token) as stream:
            stream.read_to_end()

    assert stream.status == 200
    assert 2 < time.monotonic() - began < 12


def test_a_stream_ends_within_five_seconds_of_revoking_its_api_token(product, visitor, api_token, listen):
    revoked, other = api_token(), api_token()
    with Listener(product, revoked["token"]) as stream, Listener(product, other["token"]) as unharmed:
        of_session = listen()
        began = time.monotonic()
        visitor.delete(f"/tokens/{revoked['id']}").raise_for_status()
        stream.read_to_end()
        ended = time.monotonic()
        write(visitor)

        assert ended - began < IN_TIME
        assert unharmed.event() == of_session.event() == cursor_of(visitor)


@pytest.mark.parametrize(("minutes", "lasts"), [(1, 1), (14, 14), (16, 15), (None, 15)])
def test_a_stream_lasts_as_long_as_its_credentials_but_at_most_15_minutes(rf, time_machine, minutes, lasts):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    now = datetime.now(UTC)
    rf.auth = ApiToken(expires_at=minutes and now + timedelta(minutes=minutes))

    assert end_of_stream(rf) == now + timedelta(minutes=lasts)


def test_a_stream_ends_with_its_api_token(product, api_token):
    end = datetime.now(UTC) + timedelta(seconds=4)
    began = time.monotonic()

    with Listener(product, api_token(expires_at=end.isoformat())["token"]) as stream:
        stream.read_to_end()

    assert stream.status == 200
    assert 2 < time.monotonic() - began < 12


def test_a_stream_ends_within_five_seconds_of_deactivating_the_account(product, visitor, api_token, served_database):
    with Listener(product, api_token()["token"]) as stream:
        began = time.monotonic()
        served_database.query(f"UPDATE accounts_user SET is_active = false WHERE email = '{visitor.email}'")
        stream.read_to_end()

    assert time.monotonic() - began < IN_TIME
