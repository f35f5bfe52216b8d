"""Whether the clock can be trusted. If it jumps ahead, everything in the trash seems to have been there for long.

While the server runs, it stores the time once an hour. After a week without, only the operator can tell whether the
server was off or the clock is wrong.
"""

from datetime import timedelta

from django.utils import timezone

from notes.models.daily_work import DailyWork
from notes_api.db.database_clock import database_now

MAX_SKEW = timedelta(hours=1)
MAX_GAP = timedelta(days=7)
# How much newer the time must be to be stored again.
STORING_INTERVAL = timedelta(hours=1)
REMEDY = "Set the clock right or, if it is right, run `manage.py purge --trust-clock`"


class ClockNotTrusted(Exception):
    """Nothing is deleted because of its age. The message says why, and what to do."""


def require_trusted(work: DailyWork) -> None:
    """Raise `ClockNotTrusted` if the clock may have jumped."""
    if reason := find_fault(work):
        raise ClockNotTrusted(f"Nothing that has expired was deleted: {reason}. {REMEDY}.")


def find_fault(work: DailyWork) -> str:
    """Return why the clock cannot be trusted; empty if it can."""
    now, here = database_now(), timezone.now()
    if abs(here - now) > MAX_SKEW:
        direction = "ahead of" if here > now else "behind"
        return f"the clock of this machine is {describe(abs(here - now))} {direction} that of the database"
    if now - work.clock_seen_at > MAX_GAP:
        return (
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, {describe(now - work.clock_seen_at)} after the server last ran"
            " or the restored backup was made"
        )
    return ""


def describe(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{span.seconds // 3600} hours"


def store_time(work: DailyWork) -> None:
    """Remember that the server runs at this time, unless the clock has jumped."""
    now = database_now()
    if STORING_INTERVAL <= now - work.clock_seen_at <= MAX_GAP:
        DailyWork.objects.filter(pk=work.pk, clock_seen_at=work.clock_seen_at).update(clock_seen_at=now)


def trust(work: DailyWork) -> None:
    """Take the present time for right, as the operator says."""
    work.clock_seen_at = now = database_now()
    DailyWork.objects.filter(pk=work.pk).update(clock_seen_at=now)
