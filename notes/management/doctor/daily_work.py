"""Look at the daily work: when the server last did it, why not, and whether the clock can be trusted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from notes.management.daily_work.clock import REMEDY, find_fault
from notes.management.daily_work.schedule import makes_backups
from notes.management.doctor.findings import Finding, ok, warning
from notes.models import DailyWork
from notes.models.daily_work import Job
from notes_api.db.database_clock import database_now

# It is done once a day, and repeated soon if it fails.
OVERDUE = timedelta(days=2)
START_SERVER = (
    "Start the server: it does the work once a day, and its log says why not (`notes.management.daily_work`)."
)
BYPASS_POOLER = (
    "The server makes no backups through a pooler in transaction mode: run `manage.py backup` daily with"
    " DATABASE_POOLER=none and the address of PostgreSQL itself."
)
FIX_FAILURE = "The server tries again within an hour. Try `manage.py backup` and `manage.py purge` to see the failure."


def check_daily_work() -> Iterator[Finding]:
    work = DailyWork.objects.first()
    if work is None:
        yield warning("daily work", "was never done", START_SERVER)
        return
    if work.failures:
        yield warning("daily work", f"the last {work.failures} attempts failed. {work.failure}", FIX_FAILURE)
    if settings.BACKUP_DIR:
        yield check_job(work, Job.BACKUP, START_SERVER if makes_backups() else BYPASS_POOLER)
    yield check_job(work, Job.PURGE, START_SERVER)
    if fault := find_fault(work):
        yield warning("clock", f"nothing that has expired is deleted: {fault}", f"{REMEDY}.")


def check_job(work: DailyWork, job: Job, advice: str) -> Finding:
    done_at, seconds = work.done_at(job), work.seconds_of(job)
    if done_at is None:
        message = f"{job} was not done since the installation {age_of(work.created_at)} ago"
    else:
        message = f"{job} was last done {age_of(done_at)} ago, and took {seconds or 0:.1f} s"
    if database_now() - (done_at or work.created_at) > OVERDUE:
        return warning("daily work", message, advice)
    return ok("daily work", message)


def age_of(moment: datetime) -> str:
    age = max(database_now() - moment, timedelta())
    return f"{age.days} days and {age.seconds // 3600} hours"
