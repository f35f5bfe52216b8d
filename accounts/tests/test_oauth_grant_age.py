"""How long the access of a program lasts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Grant
from accounts.tests.grants import make_grant
from accounts.tests.programs import Program

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


def pass_days(time_machine, days):
    time_machine.move_to(timezone.now() + timedelta(days=days), tick=False)


def test_a_grant_ends_30_days_after_its_last_refresh(program, time_machine):
    tokens = program.connect()
    pass_days(time_machine, 29)
    refreshed = program.refresh(tokens["refresh_token"])
    pass_days(time_machine, 31)

    assert refreshed.status_code == 200
    assert program.refresh(refreshed.json()["refresh_token"]).json()["error"] == "invalid_grant"
    assert not Grant.objects.live().exists()


def test_a_grant_that_is_refreshed_outlives_the_longest_session(alice, settings, time_machine):
    grant = make_grant(alice, "notes:read")
    pass_days(time_machine, 29)
    grant.rotate(1)
    pass_days(time_machine, 29)
    grant.rotate(2)
    pass_days(time_machine, 29)
    grant.rotate(3)
    pass_days(time_machine, 29)

    assert timezone.now() - grant.created_at > settings.SESSION_LIFETIME
    assert Grant.objects.live().get() == grant


def test_the_page_says_how_long_the_access_lasts(program, settings):
    settings.REFRESH_TOKEN_LIFETIME = timedelta(days=5)

    sentence = b"The access ends when you end it, or when the program has not used it for 5 days."
    assert sentence in program.ask().content
