"""Exports of large accounts, which are made after the request and kept for an hour."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import Clock, User
from notes.models.stored_file import StoredFile
from outbox.models import Entry

# The kind of its entry in the outbox.
KIND = "export"
# How long a file can be fetched, and how long there is to make it.
LIFETIME = timedelta(hours=1)
TIME_LIMIT = timedelta(hours=6)
# An export that was interrupted so often may be what stops the process.
MAX_ATTEMPTS = 30
# A server that runs begins within seconds, and is not restarted so often while it makes one.
LATE, MANY_ATTEMPTS = timedelta(minutes=15), 3


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, user_id: UUID) -> Self:
        return self.filter(user=user_id)

    def unfinished(self) -> Self:
        return self.filter(finished_at=None, created_at__gt=timezone.now() - TIME_LIMIT)

    def stuck(self) -> Self:
        """Those that should be made and are not: nobody tries, or attempts are interrupted again and again."""
        since = timezone.now() - LATE
        tried = models.Q(user__in=Entry.objects.attempted_since(KIND, since).values("user"))
        return self.filter(finished_at=None, created_at__lt=since).exclude(tried, attempts__lt=MANY_ATTEMPTS)

    def failed_by_server(self) -> Self:
        """Those of the last hours that ended for a reason that its operator can remove."""
        return self.filter(finished_at__gt=timezone.now() - TIME_LIMIT, status=Export.Status.FAILED)

    def available(self) -> Self:
        """Those that are being made or can be fetched."""
        since = timezone.now() - LIFETIME
        return self.filter(models.Q(finished_at__gt=since) | models.Q(pk__in=self.unfinished().values("pk")))

    def expired(self) -> Self:
        return self.exclude(pk__in=self.available().values("pk"))

    def ready(self) -> Self:
        return self.available().filter(status=Export.Status.READY)

    def begun_by(self, user: User) -> "Export | None":
        """Return the export that is being made, or the one that has everything up to now."""
        current = models.Q(status=Export.Status.READY, clock=Clock.objects.value_of(user.pk))
        pending = models.Q(pk__in=self.unfinished().values("pk"))
        return self.of(user.pk).available().filter(pending | current).order_by("-pk").first()

    def superseded(self, user_id: UUID) -> Self:
        """All but the newest file of the account, which may be being fetched."""
        newest = self.of(user_id).ready().order_by("-pk").values("pk")[:1]
        return self.of(user_id).exclude(finished_at=None).exclude(pk__in=newest)

    def delete_in_batches(self) -> int:
        """Delete these exports with their files, in short transactions; return their number."""
        ids, files = list(self.values_list("pk", flat=True)), list(self.values_list("file", flat=True))
        StoredFile.objects.filter(pk__in=files).delete_in_batches()
        return self.model._default_manager.filter(pk__in=ids).delete()[1].get("notes.Export", 0)


class Export(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # How often it was begun.
    attempts = models.PositiveIntegerField(default=0)
    # The account's clock: the export has everything up to this version.
    clock = models.BigIntegerField(null=True)
    notes = models.PositiveIntegerField(default=0)
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="export")
    size = models.BigIntegerField(default=0)
    # Why it failed: the code of a problem.
    problem = models.CharField(max_length=64, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["finished_at"], name="export_by_end")]

    def __str__(self) -> str:
        return f"{self.pk} ({self.status})"

    @property
    def row(self) -> ExportQuerySet:
        """This export, unless it has ended."""
        return Export.objects.filter(pk=self.pk, finished_at=None)

    @property
    def expires_at(self) -> datetime:
        return self.created_at + TIME_LIMIT if self.finished_at is None else self.finished_at + LIFETIME

    def begin(self) -> bool:
        """Begin an attempt. Return False if there were too many, or it has ended."""
        if self.attempts >= MAX_ATTEMPTS:
            self.fail("too_many_attempts")
            return False
        return self.row.update(attempts=F("attempts") + 1, status=self.Status.RUNNING, notes=0) > 0

    def record_progress(self, notes: int) -> None:
        self.row.update(notes=notes)

    def take_file(self) -> StoredFile:
        """Create the file of this attempt, and delete that of an earlier one."""
        StoredFile.objects.filter(export=self.pk).delete_in_batches()
        with transaction.atomic():
            file = StoredFile.objects.create(user_id=self.user_id)
            self.row.update(file=file)
        return file

    def finish(self, file: StoredFile, clock: int, notes: int) -> None:
        self.row.filter(file=file).update(
            status=self.Status.READY, finished_at=timezone.now(), clock=clock, notes=notes, size=file.size
        )

    def fail(self, problem: str) -> None:
        self.row.update(status=self.Status.FAILED, finished_at=timezone.now(), problem=problem)
