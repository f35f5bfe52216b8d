"""The daily work of the server: which process does it, and when each job was last done."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.clock_skew import CLOCK_SKEW
from notes_api.db.database_clock import database_now
from notes_api.server.process_names import process_names

# The process that does the work has a lease for this long and renews it. On another machine nobody can tell whether
# that process still runs.
LEASE, RENEWAL = timedelta(seconds=60), timedelta(seconds=15)
MAX_FAILURE = 500
ONLY_ROW = 1


class Job(StrEnum):
    """What is done each day, in this order: the backup still has what the purge deletes."""

    BACKUP = "backup"
    PURGE = "purge"


class DailyWorkQuerySet(models.QuerySet["DailyWork"]):
    def load(self) -> "DailyWork":
        return self.get_or_create(pk=ONLY_ROW)[0]

    def record_success(self, job: Job, seconds: float) -> None:
        self.filter(pk=ONLY_ROW).update(**{f"{job}_done_at": database_now(), f"{job}_seconds": seconds})

    def record_failure(self, reason: str) -> None:
        self.filter(pk=ONLY_ROW).update(
            failures=F("failures") + 1, failed_at=database_now(), failure=reason[:MAX_FAILURE]
        )

    def forget_failures(self) -> None:
        self.filter(pk=ONLY_ROW).update(failures=0, failed_at=None, failure="")


class DailyWork(models.Model):
    """One row for all machines. Its times are those of the database's clock, which all machines share."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # The process that does the work, see `notes_api/server/process_names.py`; empty if none does.
    holder = models.CharField(max_length=64, blank=True)
    lease_ends_at = models.DateTimeField(null=True)
    backup_done_at = models.DateTimeField(null=True)
    backup_seconds = models.FloatField(null=True)
    purge_done_at = models.DateTimeField(null=True)
    purge_seconds = models.FloatField(null=True)
    # Attempts that failed since the last one in which all jobs were done.
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=MAX_FAILURE, blank=True)
    # The latest time of the clock that was right: see `notes.management.daily_work.clock`.
    clock_seen_at = models.DateTimeField(default=timezone.now)

    objects = DailyWorkQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=ONLY_ROW), name="daily_work_has_one_row")]

    def __str__(self) -> str:
        return f"daily work of {self.holder or 'nobody'}"

    def done_at(self, job: Job) -> datetime | None:
        done_at: datetime | None = getattr(self, f"{job}_done_at")
        return done_at

    def seconds_of(self, job: Job) -> float | None:
        seconds: float | None = getattr(self, f"{job}_seconds")
        return seconds

    @property
    def is_held(self) -> bool:
        """Whether a process has the lease, and has not ended.

        A lease that would end later than its own length from now began before the clock was set back.
        """
        if self.lease_ends_at is None:
            return False
        now = database_now()
        return now < self.lease_ends_at <= now + LEASE + CLOCK_SKEW and not process_names.has_ended(self.holder)

    def take(self) -> bool:
        """Let this process do the work. Return False if another one does it, or was faster."""
        as_read = DailyWork.objects.filter(pk=self.pk, holder=self.holder, lease_ends_at=self.lease_ends_at)
        if self.is_held or not as_read.update(holder=process_names.own, lease_ends_at=database_now() + LEASE):
            return False
        self.refresh_from_db()
        return True

    def renew(self) -> bool:
        """Renew the lease of this process. Return False if another process has taken it."""
        return bool(self.own_lease().update(lease_ends_at=database_now() + LEASE))

    def release(self) -> None:
        self.own_lease().update(holder="", lease_ends_at=None)

    def own_lease(self) -> DailyWorkQuerySet:
        return DailyWork.objects.filter(pk=self.pk, holder=process_names.own)
