"""SESSION_MAX_DAYS, and the end of unused sessions of the admin."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from accounts.authentication.tokens import AccessToken, RefreshToken
from accounts.models import Session
from conftest import PASSWORD, START

DAY, HOUR = 86400, 3600
LOGGED_IN_AT = parse_datetime(START)


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


def refresh(client, session):
    session.refresh_from_db()
    return client.post("/login/refresh", {"refresh_token": str(RefreshToken.of(session))}).status_code


def test_a_session_ends_90_days_after_its_log_in_however_often_it_is_used(client, alice, time_machine):
    session = Session.objects.create(user=alice)
    for _ in range(4):
        time_machine.shift(22 * DAY)
        assert refresh(client, session) == 200
    session.refresh_from_db()
    assert session.expires_at == LOGGED_IN_AT + timedelta(days=90)

    time_machine.shift(2 * DAY)

    assert refresh(client, session) == 401


def test_a_session_from_before_the_limit_ends_too(client, alice, time_machine):
    session = Session.objects.create(user=alice, expires_at=LOGGED_IN_AT + timedelta(days=365))
    time_machine.shift(90 * DAY)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")

    assert client.get("/users/me").status_code == 401
    assert refresh(client, session) == 401
    assert not Session.objects.live().exists()


def test_a_session_of_the_admin_ends_after_12_hours_without_use(superuser, in_admin, time_machine):
    browser = in_admin(superuser)
    for _ in range(3):
        time_machine.shift(12 * HOUR - 1)
        assert browser.get("/admin/").status_code == 200

    time_machine.shift(12 * HOUR)

    assert browser.get("/admin/").status_code == 302


def test_a_session_that_is_never_refreshed_ends_within_the_limit_too(client, alice, settings):
    """With a limit shorter than the life of a refresh token, clients read the true end of the session."""
    settings.SESSION_LIFETIME = timedelta(days=7)
    client.post("/login", {"username": alice.email, "password": PASSWORD})

    assert Session.objects.get().expires_at == LOGGED_IN_AT + timedelta(days=7)
