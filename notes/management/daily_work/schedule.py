"""When the daily work is due: once between 01:00 and 05:00 UTC, or as soon as the server runs again after that."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models.clock_skew import CLOCK_SKEW
from notes.models.daily_work import DailyWork, Job

DAY = timedelta(days=1)
# The first hour of the night, and how many minutes it has. Each installation has its own minute.
BEGIN_OF_NIGHT, MINUTES_OF_NIGHT = timedelta(hours=1), 240
# How long to wait after a failure, doubled after each further one.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


def due_jobs(work: DailyWork, now: datetime) -> list[Job]:
    """Return what has to be done at this time of the database's clock."""
    return [] if pauses_after_failure(work, now) else undone_jobs(work, now)


def undone_jobs(work: DailyWork, now: datetime) -> list[Job]:
    """Return what was not done since the last time for it."""
    jobs = [Job.BACKUP, Job.PURGE] if makes_backups() else [Job.PURGE]
    return [job for job in jobs if not is_done(work, job, now)]


def makes_backups() -> bool:
    """Whether this server makes backups. Through a pooler in transaction mode they are not possible."""
    return bool(settings.BACKUP_DIR) and not settings.IS_POOLED


def is_done(work: DailyWork, job: Job, now: datetime) -> bool:
    """Whether the job was done. A new installation has nothing to do before its first night.

    If the job was done in the future, the clock was set back since.
    """
    return last_time(work, now) <= (work.done_at(job) or work.created_at) <= now + CLOCK_SKEW


def last_time(work: DailyWork, now: datetime) -> datetime:
    """Return the last moment at which the work had to begin."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # As good as random, and always the same.
    minute = work.created_at.microsecond % MINUTES_OF_NIGHT
    today = midnight + BEGIN_OF_NIGHT + timedelta(minutes=minute)
    return today if today <= now else today - DAY


def pauses_after_failure(work: DailyWork, now: datetime) -> bool:
    if work.failed_at is None:
        return False
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(work.failures, 10) / 2, LONGEST_PAUSE)
    return work.failed_at <= now < work.failed_at + pause
