"""Imports: what was uploaded, how far it has been written, and what happened to each note of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from notes.models.stored_file import StoredFile
from outbox.models import Entry

# The kind of its entry in the outbox.
KIND = "import"
# How long the report is kept, and how long there is to carry an import out.
LIFETIME = timedelta(days=7)
TIME_LIMIT = timedelta(days=1)
# Reports of one account that are kept.
MAX_KEPT = 20
# An import that was begun so often without writing anything may be what stops the process.
MAX_STALLS = 5
# A server that runs begins within seconds.
LATE = timedelta(minutes=15)
SERVER_PROBLEMS = ("storage_full", "too_many_attempts")

Item = dict[str, Any]  # Any: JSON


class ImportQuerySet(models.QuerySet["Import"]):
    def of(self, user_id: UUID) -> Self:
        return self.filter(user=user_id)

    def unfinished(self) -> Self:
        """Those that a request, a command or the outbox carries out. A command has no time limit."""
        may_run = models.Q(created_at__gt=timezone.now() - TIME_LIMIT) | models.Q(written_by=None)
        return self.filter(may_run, finished_at=None)

    def waiting(self) -> Self:
        """Those that the outbox carries out."""
        return self.unfinished().exclude(file=None)

    def stuck(self) -> Self:
        """Those that should be carried out and are not: nobody tries, or each attempt ends at the same place."""
        since = timezone.now() - LATE
        tried = models.Q(user__in=Entry.objects.attempted_since(KIND, since).values("user"))
        return self.filter(finished_at=None, created_at__lt=since).exclude(file=None).exclude(tried, stalls__lt=2)

    def failed_by_server(self) -> Self:
        """Those of the last day that ended for a reason that its operator can remove."""
        since = timezone.now() - TIME_LIMIT
        return self.filter(finished_at__gt=since, problem__in=SERVER_PROBLEMS)

    def expired(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - LIFETIME)

    def surplus_of(self, user_id: UUID) -> Self:
        """All but the newest of the account, except what is still carried out."""
        newest = self.of(user_id).order_by("-pk").values("pk")[:MAX_KEPT]
        return self.of(user_id).exclude(pk__in=newest).exclude(pk__in=self.unfinished().values("pk"))

    def delete_in_batches(self) -> int:
        """Delete these imports with their files and reports, in short transactions; return their number."""
        ids = list(self.values_list("pk", flat=True))
        StoredFile.objects.filter(imported__in=ids).delete_in_batches()
        for import_id in ids:
            ReportPage.objects.filter(imported=import_id).delete()
            self.model._default_manager.filter(pk=import_id).delete()
        return len(ids)


class Import(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    # The credential that writes the notes, and what they say of it. NULL: the operator.
    written_by = models.UUIDField(null=True)
    changed_by = models.TextField(null=True)  # noqa: DJ001  # NULL differs from empty
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    format = models.CharField(max_length=32)
    # What the client calls the file.
    name = models.CharField(max_length=255, blank=True)
    dry_run = models.BooleanField(default=False)
    hashtags = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(null=True)
    # Notes of the input that are done, and how often it was begun since the last of them.
    position = models.PositiveIntegerField(default=0)
    stalls = models.PositiveIntegerField(default=0)
    created, unchanged, skipped, failed = (models.PositiveIntegerField(default=0) for _ in range(4))
    # None: it was carried out by the request.
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="imported")
    # Why it ended early: a code, and a sentence.
    problem = models.CharField(max_length=64, blank=True)
    problem_detail = models.CharField(max_length=500, blank=True)

    objects = ImportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pk} ({self.status})"

    @property
    def row(self) -> ImportQuerySet:
        """This import, unless it has ended."""
        return Import.objects.filter(pk=self.pk, finished_at=None)

    @property
    def expires_at(self) -> datetime:
        return self.created_at + LIFETIME

    def begin(self) -> bool:
        """Begin an attempt. Return False if it has ended, or if attempts stop before anything is done."""
        if self.stalls >= MAX_STALLS:
            self.end("too_many_attempts", "It was interrupted several times at the same place.")
            return False
        return self.row.update(stalls=F("stalls") + 1, status=self.Status.RUNNING) > 0

    def recorded(self) -> Iterator[Item]:
        """Yield the items of the report."""
        for page in list(self.pages.order_by("number").values_list("pk", flat=True)):
            for items in self.pages.filter(pk=page).values_list("items", flat=True):
                yield from items

    def record(self, items: list[Item]) -> None:
        """Add these items to the report. Call it in the transaction that writes their notes."""
        counts = Counter(item["status"] for item in items)
        ReportPage.objects.create(imported=self, number=self.position, items=items)
        added = {name: F(name) + counts[name] for name in ("created", "unchanged", "skipped", "failed")}
        self.row.update(position=F("position") + len(items), stalls=0, **added)
        self.position += len(items)

    def end(self, problem: str = "", detail: str = "") -> None:
        """Record that nothing more will be imported: because all is, or because of this problem."""
        status = self.Status.FAILED if problem else self.Status.DONE
        self.row.update(status=status, finished_at=timezone.now(), problem=problem, problem_detail=detail[:500])

    def drop_file(self) -> None:
        StoredFile.objects.filter(imported=self.pk).delete_in_batches()


class ReportPage(models.Model):
    """The items of one transaction. `number` is how many items came before."""

    id = models.BigAutoField(primary_key=True)
    imported = models.ForeignKey(Import, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    items = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="one_page_a_position")]

    def __str__(self) -> str:
        return f"{self.number} of {self.imported_id}"
