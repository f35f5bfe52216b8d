"""How many sessions and log-ins an account can have."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, ThrottleCounter
from accounts.models.session import MAX_ENDED_SESSIONS, MAX_SESSIONS
from accounts.throttling import LOGIN_RATE, hash_email
from conftest import HERE, PASSWORD, START
from notes_api.config.rate import Rate


def log_in(client, user, password=PASSWORD):
    return client.post("/login", {"username": user.email, "password": password}, REMOTE_ADDR=HERE)


def add_sessions(user, count, **values):
    return Session.objects.bulk_create(Session(user=user, **values) for _ in range(count))


@pytest.fixture
def throttled(settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(10, 900)


def use_allowance(user, logins):
    assert not ThrottleCounter.objects.reserve(f"login:success:{hash_email(user.email)}", LOGIN_RATE, cost=logins)


def test_a_login_beyond_the_limit_ends_the_oldest_session(client, alice):
    oldest, second, *_ = add_sessions(alice, MAX_SESSIONS)

    assert log_in(client, alice).status_code == 200

    live = set(Session.objects.live().values_list("pk", flat=True))
    assert len(live) == MAX_SESSIONS
    assert oldest.pk not in live
    assert second.pk in live


def test_the_limit_counts_only_live_sessions_of_the_account(client, alice, bob):
    add_sessions(bob, MAX_SESSIONS)
    live = add_sessions(alice, MAX_SESSIONS - 1)
    add_sessions(alice, 1, revoked_at=timezone.now())
    add_sessions(alice, 1, expires_at=timezone.now() - timedelta(seconds=1))

    log_in(client, alice)

    assert Session.objects.live().of(alice).count() == MAX_SESSIONS
    assert Session.objects.live().filter(pk=live[0].pk).exists()
    assert Session.objects.live().of(bob).count() == MAX_SESSIONS


def test_a_login_deletes_the_oldest_ended_sessions(client, alice):
    oldest, second, *_ = add_sessions(alice, MAX_ENDED_SESSIONS + 1, revoked_at=timezone.now())

    log_in(client, alice)

    assert Session.objects.of(alice).ended().count() == MAX_ENDED_SESSIONS
    assert not Session.objects.filter(pk=oldest.pk).exists()
    assert Session.objects.filter(pk=second.pk).exists()


def test_successful_logins_of_an_account_are_limited(client, alice, bob, throttled):
    use_allowance(alice, LOGIN_RATE.limit - 1)

    assert log_in(client, alice).status_code == 200
    response = log_in(client, alice)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3600"
    assert log_in(client, bob).status_code == 200


def test_failed_logins_do_not_use_up_the_successful_ones(client, alice, throttled):
    use_allowance(alice, LOGIN_RATE.limit - 1)
    log_in(client, alice, "wrong")

    assert log_in(client, alice).status_code == 200


def test_logins_are_possible_again_after_an_hour(client, alice, throttled, time_machine):
    use_allowance(alice, LOGIN_RATE.limit)
    time_machine.shift(LOGIN_RATE.seconds)

    assert log_in(client, alice).status_code == 200


def test_logins_to_the_admin_count_as_well(client, superuser, throttled):
    use_allowance(superuser, LOGIN_RATE.limit - 1)
    form = {"username": superuser.email, "password": PASSWORD}

    assert Client().post("/admin/login/", form).status_code == 302
    assert Client().post("/admin/login/", form).status_code == 429
    assert log_in(client, superuser).status_code == 429


def test_logins_are_not_limited_if_the_throttle_is_off(client, alice, settings):
    settings.THROTTLE_LOGIN = None
    use_allowance(alice, LOGIN_RATE.limit)

    assert log_in(client, alice).status_code == 200
