"""Wall clocks that differ between machines, or that are set back."""

import pytest

from accounts.authentication.tokens import AccessToken, RefreshToken, verify_access_token
from accounts.models import Session, ThrottleCounter
from conftest import PASSWORD, START
from notes_api.config.rate import Rate

HOUR, YEAR = 3600, 365 * 86400
ONE_IN_15_MINUTES = Rate(1, 900)


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def tokens_of(alice, time_machine):
    """`tokens_of(60)` returns the tokens that a machine issues whose clock is 60 s ahead."""

    def issue(seconds_ahead):
        time_machine.shift(seconds_ahead)
        session = Session.objects.create(user=alice)
        access, refresh = str(AccessToken.of(session)), str(RefreshToken.of(session))
        time_machine.shift(-seconds_ahead)
        return access, refresh

    return issue


def read_me(client, access):
    return client.get("/users/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code


def refresh(client, token):
    return client.post("/login/refresh", {"refresh_token": token}).status_code


@pytest.mark.parametrize("seconds_ahead", [1, 60, HOUR])
def test_tokens_of_a_machine_that_is_ahead_are_valid(client, tokens_of, seconds_ahead):
    access, refresh_token = tokens_of(seconds_ahead)

    assert read_me(client, access) == 200
    assert refresh(client, refresh_token) == 200


def test_a_token_stays_valid_when_the_clock_is_set_back(client, tokens_of, time_machine):
    access, refresh_token = tokens_of(0)
    time_machine.shift(-YEAR)
    verify_access_token.cache_clear()

    assert read_me(client, access) == 200
    assert refresh(client, refresh_token) == 200


def test_a_token_of_a_machine_that_is_ahead_still_expires(client, tokens_of, time_machine):
    access, _ = tokens_of(60)
    time_machine.shift(30 * 60 + 59)
    assert read_me(client, access) == 200

    time_machine.shift(1)

    assert read_me(client, access) == 401


def test_a_use_is_recorded_after_the_clock_was_set_back(as_user, alice, time_machine):
    phone = as_user(alice)
    time_machine.shift(-YEAR)

    phone.get("/users/me")

    assert Session.objects.get().last_used_at.year == 2025


@pytest.mark.parametrize("provisional_seconds", [None, 60])
def test_a_throttle_from_before_the_clock_was_set_back_has_ended(time_machine, provisional_seconds):
    ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES, provisional_seconds)
    time_machine.shift(-YEAR)

    assert ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES, provisional_seconds) == 0
    assert ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES) > 0


def test_a_throttle_of_a_machine_that_is_ahead_still_counts(time_machine):
    ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES)
    time_machine.shift(-60)
    assert ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES) == 960

    time_machine.shift(-1)
    assert ThrottleCounter.objects.reserve("somebody", ONE_IN_15_MINUTES) == 0


def test_log_ins_are_possible_after_the_clock_was_set_back(client, alice, settings, time_machine):
    settings.THROTTLE_LOGIN = ONE_IN_15_MINUTES
    client.post("/login", {"username": alice.email, "password": "wrong"})
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 429

    time_machine.shift(-HOUR)

    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_event_streams_are_free_after_the_clock_was_set_back(as_user, alice, time_machine):
    phone = as_user(alice)
    for _ in range(5):
        assert phone.get("/changes/stream").status_code == 200
    assert phone.get("/changes/stream").status_code == 429

    time_machine.shift(-HOUR)

    assert phone.get("/changes/stream").status_code == 200
