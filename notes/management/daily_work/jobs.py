"""What the server does each day: a backup if BACKUP_DIR is set, then `purge`."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError

from notes.management.backups import default_directory, delete_outdated, make_backup
from notes.management.daily_work.clock import ClockNotTrusted
from notes.management.purging import purge
from notes.models import DailyWork
from notes.models.daily_work import Job
from notes_api.db.backups.directory import BackupDirectory
from notes_api.db.backups.engine import BackupError

logger = logging.getLogger(__name__)


def do_jobs(jobs: list[Job]) -> None:
    """Do these jobs, each of them also if the one before has failed. Failures are logged and recorded."""
    failures = [failure for job in jobs if (failure := do(job))]
    if failures:
        DailyWork.objects.record_failure(" ".join(failures))
    else:
        DailyWork.objects.forget_failures()


def do(job: Job) -> str:
    """Return why the job has failed; empty if it is done."""
    logger.info("The daily %s begins", job)
    try:
        logger.info("The daily %s is done: %s", job, JOBS[job]())
    except (BackupError, ClockNotTrusted, DatabaseError, OSError) as error:
        logger.error("The daily %s failed: %s", job, error)  # noqa: TRY400  # the message says what to do
        return f"The {job} failed: {error}"
    return ""


def back_up() -> str:
    directory = BackupDirectory(default_directory())
    backup = make_backup(directory, lambda *_: None)
    deleted = delete_outdated(directory, settings.BACKUP_KEEP)
    return f"{backup.path}, {backup.manifest.size} bytes; {len(deleted)} older ones deleted"


def delete_expired() -> str:
    counts: dict[str, int] = {}
    purge(lambda what, count: counts.update({what: count}))
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing had expired"


JOBS: dict[Job, Callable[[], str]] = {Job.BACKUP: back_up, Job.PURGE: delete_expired}
