"""What the server does each day: a backup if BACKUP_DIR is set, then `purge`."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from notes.management.backups import default_directory, delete_outdated, make_backup
from notes.management.daily_work.clock import ClockNotTrusted
from notes.management.purging import purge
from notes.models import DailyWork
from notes.models.daily_work import Job
from notes_api.db.backups.directory import BackupDirectory
from notes_api.db.backups.engine import BackupError
from notes_api.server.metrics_view import database_size

logger = logging.getLogger(__name__)

MIB = 1024 * 1024
# Bytes that stay free beside a backup as large as the database.
MARGIN = 256 * MIB


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
        # The other lines of PostgreSQL's messages hold values.
        reason = str(error).partition("\n")[0]
        logger.error("The daily %s failed: %s", job, reason)  # noqa: TRY400  # it says what to do
        # The connection may be lost. What follows opens another one.
        connection.close()
        return f"The {job} failed: {reason}"
    return ""


def back_up() -> str:
    directory = BackupDirectory(default_directory())
    require_room(directory.path)
    backup = make_backup(directory, lambda *_: None)
    deleted = delete_outdated(directory, settings.BACKUP_KEEP)
    return f"{backup.path}, {backup.manifest.size} bytes; {len(deleted)} older ones deleted"


def require_room(directory: Path) -> None:
    """Raise `BackupError` if a backup could fill the disk, on which the database may be too."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(directory).free, database_size() + MARGIN
    if free < needed:
        raise BackupError(
            f"Only {free // MIB} MiB are free in {directory}, and {needed // MIB} are needed. Make room, or lower"
            " BACKUP_KEEP."
        )


def delete_expired() -> str:
    counts: dict[str, int] = {}
    purge(lambda what, count: counts.update({what: count}))
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing had expired"


JOBS: dict[Job, Callable[[], str]] = {Job.BACKUP: back_up, Job.PURGE: delete_expired}
