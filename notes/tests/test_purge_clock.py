"""Nothing is deleted because of its age while the clock may be wrong."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from notes.management.daily_work import clock
from notes.models import DailyWork, Note
from notes.tests.factories import make_trashed
from notes_api.db.database_clock import database_now

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")


@pytest.fixture(autouse=True)
def _due(alice):
    """A note to purge, and a session."""
    make_trashed(owner=alice)
    Note.objects.update(trashed_at=timezone.now() - 31 * DAY)
    Session.objects.create(user=alice, expires_at=timezone.now() - 60 * DAY)
    DailyWork.objects.all().delete()
    DailyWork.objects.load()


def last_seen(span):
    """As if the server had last stored the time so long ago: the clock has jumped, or the server was off."""
    DailyWork.objects.update(clock_seen_at=database_now() - span)


def purge(*options):
    """Run the command, and return what it complains about."""
    errors = StringIO()
    call_command("purge", *options, stdout=StringIO(), stderr=errors)
    return errors.getvalue()


def is_purged():
    return not Note.objects.not_purged().exists()


def test_a_clock_that_jumps_ahead_deletes_nothing():
    last_seen(40 * DAY)

    complaint = purge()

    assert "40 days after the server last ran" in complaint
    assert "run `manage.py purge --trust-clock`" in complaint
    assert not is_purged()
    assert Session.objects.exists()
    assert DailyWork.objects.get().purge_done_at is None


def test_a_server_that_was_off_for_some_days_continues_by_itself():
    last_seen(7 * DAY - HOUR)

    assert purge() == ""
    assert is_purged()


def test_the_operator_says_that_the_clock_is_right_once():
    last_seen(400 * DAY)

    assert purge("--trust-clock") == ""
    assert is_purged()
    assert purge() == ""


def test_the_refusal_lasts_while_the_server_runs_on_with_the_wrong_clock():
    last_seen(40 * DAY)
    for _ in range(3):
        clock.store_time(DailyWork.objects.get())

    assert "40 days" in purge()


def test_after_the_clock_was_set_right_the_purge_continues():
    DailyWork.objects.update(clock_seen_at=database_now() + DAY)

    assert purge() == ""
    assert is_purged()


@pytest.mark.parametrize(("ago", "is_stored"), [(HOUR, True), (HOUR / 2, False), (7 * DAY, False), (-DAY, False)])
def test_the_time_is_stored_once_an_hour_and_not_after_a_jump(ago, is_stored):
    last_seen(ago)
    before = DailyWork.objects.get().clock_seen_at

    clock.store_time(DailyWork.objects.get())

    assert (DailyWork.objects.get().clock_seen_at != before) is is_stored


@ON_POSTGRESQL
@pytest.mark.parametrize(("shift", "message"), [(400, "400 days ahead of"), (-401, "400 days behind")])
def test_a_machine_whose_clock_is_not_that_of_the_database_deletes_nothing(time_machine, shift, message):
    time_machine.move_to(timezone.now() + shift * DAY + HOUR, tick=False)

    assert f"the clock of this machine is {message} that of the database" in purge()
    assert not is_purged()


def test_secrets_are_encrypted_again_whatever_the_clock_says(capsys):
    last_seen(40 * DAY)

    call_command("purge", stderr=StringIO())

    assert capsys.readouterr().out == "       0 second factors encrypted again\n"
