"""What `manage.py doctor` says about the daily work and the clock."""

from datetime import timedelta

import pytest

from notes.management.doctor.daily_work import BYPASS_POOLER, FIX_FAILURE, START_SERVER
from notes.models import DailyWork
from notes.tests.test_doctor import diagnose
from notes_api.db.database_clock import database_now

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = timedelta(days=400)


@pytest.fixture(autouse=True)
def _installation(own_database, settings, tmp_path):
    """An installation of this test alone, in use since long ago."""
    settings.BACKUP_DIR = str(tmp_path)
    now = database_now()
    DailyWork.objects.load()
    DailyWork.objects.update(
        created_at=now - LONG_AGO, backup_done_at=now - 5 * HOUR, backup_seconds=3.84, purge_done_at=now - 5 * HOUR
    )


def findings(subject):
    """Return the levels, messages and advice about this subject."""
    return [
        (found["level"], found["message"], found["advice"]) for found in diagnose()[0] if found["subject"] == subject
    ]


def test_the_daily_work_that_was_done_is_fine():
    assert findings("daily work") == [
        ("ok", "backup was last done 0 days and 5 hours ago, and took 3.8 s", ""),
        ("ok", "purge was last done 0 days and 5 hours ago, and took 0.0 s", ""),
    ]


def test_without_backup_dir_no_backup_is_overdue(settings):
    settings.BACKUP_DIR = ""
    DailyWork.objects.update(backup_done_at=None)

    assert [level for level, _, _ in findings("daily work")] == ["ok"]


def test_work_that_was_not_done_for_two_days_is_a_warning():
    now = database_now()
    DailyWork.objects.update(purge_done_at=now - 2 * DAY - HOUR, backup_done_at=None)

    assert findings("daily work") == [
        ("warning", "backup was not done since the installation 400 days and 0 hours ago", START_SERVER),
        ("warning", "purge was last done 2 days and 1 hours ago, and took 0.0 s", START_SERVER),
    ]


def test_a_new_installation_is_fine():
    DailyWork.objects.update(created_at=database_now() - HOUR, purge_done_at=None, backup_done_at=None)

    assert [level for level, _, _ in findings("daily work")] == ["ok", "ok"]


def test_failures_are_a_warning_with_their_reason():
    DailyWork.objects.update(failures=3, failed_at=database_now(), failure="The backup failed: the disk is full.")

    assert findings("daily work")[0] == (
        "warning",
        "the last 3 attempts failed. The backup failed: the disk is full.",
        FIX_FAILURE,
    )


def test_a_clock_that_has_jumped_is_a_warning():
    DailyWork.objects.update(clock_seen_at=database_now() - LONG_AGO)

    [(level, message, advice)] = [found for found in findings("clock") if found[0] != "ok"]

    assert level == "warning"
    assert "400 days after the server last ran" in message
    assert "`manage.py purge --trust-clock`" in advice


def test_behind_a_pooler_somebody_else_has_to_make_the_backups(settings):
    settings.IS_POOLED = True
    assert [level for level, _, _ in findings("daily work")] == ["ok", "ok"]

    DailyWork.objects.update(backup_done_at=database_now() - 3 * DAY)

    assert findings("daily work")[0] == (
        "warning",
        "backup was last done 3 days and 0 hours ago, and took 3.8 s",
        BYPASS_POOLER,
    )
