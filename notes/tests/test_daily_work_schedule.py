"""When the daily work is due."""

from datetime import UTC, datetime, timedelta

from notes.management.daily_work.schedule import due_jobs, last_time
from notes.models import DailyWork
from notes.models.daily_work import Job

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def work_of(**values):
    """The daily work of a server that was installed long ago and has to begin at 01:30."""
    installed = datetime(2025, 1, 1, 12, 0, 0, 30, tzinfo=UTC)
    return DailyWork(**{"created_at": installed, "clock_seen_at": installed, **values})


def test_the_work_is_due_once_a_day():
    assert due_jobs(work_of(purge_done_at=NOON - DAY), NOON) == [Job.PURGE]
    assert due_jobs(work_of(purge_done_at=NOON - 10 * HOUR), NOON) == []
    assert due_jobs(work_of(purge_done_at=NOON - 10 * HOUR), NOON + 13 * HOUR) == []
    assert due_jobs(work_of(purge_done_at=NOON - 10 * HOUR), NOON + 14 * HOUR) == [Job.PURGE]


def test_a_server_that_was_off_at_night_catches_up():
    assert due_jobs(work_of(purge_done_at=NOON - 11 * DAY), NOON) == [Job.PURGE]


def test_a_new_installation_has_nothing_to_do_before_the_next_night():
    assert due_jobs(work_of(created_at=NOON - MINUTE), NOON) == []
    assert due_jobs(work_of(created_at=NOON - MINUTE), NOON + 18 * HOUR) == [Job.PURGE]


def test_each_installation_begins_at_its_own_minute_between_1_and_5_utc():
    times = {last_time(work_of(created_at=NOON + timedelta(microseconds=n)), NOON) for n in range(0, 100_000, 77)}

    assert min(times) == NOON - 11 * HOUR
    assert max(times) == NOON - 7 * HOUR - MINUTE
    assert len(times) == 240


def test_with_backup_dir_a_backup_is_made_first(settings):
    settings.BACKUP_DIR = "backups"

    assert due_jobs(work_of(), NOON) == [Job.BACKUP, Job.PURGE]
    assert due_jobs(work_of(backup_done_at=NOON), NOON) == [Job.PURGE]


def test_through_a_pooler_in_transaction_mode_no_backup_is_tried(settings):
    settings.BACKUP_DIR, settings.IS_POOLED = "backups", True

    assert due_jobs(work_of(), NOON) == [Job.PURGE]


def test_work_that_was_done_in_the_future_is_due_because_the_clock_was_set_back():
    assert due_jobs(work_of(purge_done_at=NOON + timedelta(seconds=50)), NOON) == []
    assert due_jobs(work_of(purge_done_at=NOON + 400 * DAY), NOON) == [Job.PURGE]


def test_after_a_failure_it_is_tried_again_ever_later_but_within_an_hour(subtests):
    for failures, minutes in [(1, 1), (2, 2), (6, 32), (7, 60), (10_000, 60)]:
        with subtests.test(failures=failures, minutes=minutes):
            work = work_of(failures=failures, failed_at=NOON)

            assert due_jobs(work, NOON + minutes * MINUTE - timedelta(seconds=1)) == []
            assert due_jobs(work, NOON + minutes * MINUTE) == [Job.PURGE]
            assert due_jobs(work, NOON - MINUTE) == [Job.PURGE]
