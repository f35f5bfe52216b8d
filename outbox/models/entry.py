"""Work that a transaction has promised and that is carried out after it, such as a mail."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from uuid_utils.compat import uuid7

from notes_api.db.encryption import decrypt, encrypt
from notes_api.monitoring.request_record import current_record
from outbox.timing import CLAIM, KEEP_FAILED, LIFETIME, RENEWED_CLAIM, delay_after

MAX_ERROR = 300


class State(StrEnum):
    """`WAITING` for its first or another attempt, `RUNNING`: a worker carries it out, `FAILED`: not tried any more."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"


class EntryQuerySet(models.QuerySet["Entry"]):
    def add(  # Any: whatever JSON can hold
        self, kind: str, payload: Mapping[str, Any], user_id: UUID | None = None, lifetime: timedelta = LIFETIME
    ) -> "Entry":
        """Promise this work. Call it in the transaction that causes it.

        An erasure of the account `user_id` deletes the entry.
        """
        sealed = encrypt(json.dumps(payload).encode())
        record = current_record.get()
        request_id = record.id if record else ""
        expires_at = timezone.now() + lifetime
        return self.create(
            kind=kind, sealed_payload=sealed, user_id=user_id, request_id=request_id, expires_at=expires_at
        )

    def of(self, user_id: UUID) -> Self:
        return self.filter(user=user_id)

    def unfinished(self) -> Self:
        return self.filter(failed_at=None)

    def failed(self) -> Self:
        return self.exclude(failed_at=None)

    def failed_long_ago(self) -> Self:
        return self.filter(failed_at__lte=timezone.now() - KEEP_FAILED)

    def of_kinds(self, kinds: Collection[str]) -> Self:
        return self.filter(kind__in=kinds)

    def due(self) -> Self:
        """Entries whose next attempt may begin. The claim on an entry ends when the entry is due again."""
        return self.unfinished().filter(due_at__lte=timezone.now())

    def attempted_since(self, kind: str, moment: datetime) -> Self:
        """Entries of accounts with an attempt now, or one that has become due only since then."""
        return self.unfinished().filter(kind=kind, due_at__gt=moment).exclude(user=None)

    def in_state(self, state: State) -> Self:
        is_running = Q(claimed_at__isnull=False, due_at__gt=timezone.now())
        return {
            State.FAILED: self.failed(),
            State.RUNNING: self.unfinished().filter(is_running),
            State.WAITING: self.unfinished().exclude(is_running),
        }[state]

    def first_of_each_account(self) -> Self:
        """One entry of each account, so that an account with many does not delay the others. New entries come first."""
        account = Coalesce("user_id", "id", output_field=models.UUIDField())
        turn = Window(RowNumber(), partition_by=account, order_by=["attempts", "due_at", "id"])
        return self.annotate(turn=turn).filter(turn=1).order_by("attempts", "due_at", "id")

    def next_due_at(self) -> datetime | None:
        """Return when the next attempt may begin, or None if nothing waits."""
        return self.unfinished().order_by("due_at").values_list("due_at", flat=True).first()

    def oldest_at(self) -> datetime | None:
        return self.unfinished().order_by("pk").values_list("created_at", flat=True).first()

    def last_errors(self) -> list[str]:
        """Return the messages of these entries' last failures, those of the newest entries last."""
        return list(self.exclude(last_error="").order_by("pk").values_list("last_error", flat=True))

    def with_ids(self, ids: Collection[UUID]) -> Self:
        return self.filter(pk__in=ids)

    def retry(self) -> int:
        """Try these entries again now, except those that are being carried out; return how many there are.

        An entry that has failed starts with its first attempt, and is tried for `LIFETIME` again.
        """
        now = timezone.now()
        waiting = self.in_state(State.WAITING).update(due_at=now)
        return waiting + self.failed().update(failed_at=None, attempts=0, due_at=now, expires_at=now + LIFETIME)


class Entry(models.Model):
    """One piece of work. The row is deleted when the work is done.

    An attempt begins with a claim, which ends by itself: each entry is carried out at least once, and more than once
    only if a process was killed between doing the work and deleting the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=32)
    # The account that the entry is about. None if it is about no account, or about one that was erased.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="outbox_entries")
    # Encrypted JSON: it may contain addresses. See `notes_api.db.encryption`.
    sealed_payload = models.TextField(editable=False)
    # Of the request that caused it, for the log.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    # No attempt begins after this.
    expires_at = models.DateTimeField()
    # When the next attempt may begin. During an attempt: when it counts as lost.
    due_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    # Why the last attempt failed, without addresses.
    last_error = models.CharField(max_length=MAX_ERROR, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "outbox entry", "outbox entries"
        indexes = [models.Index(fields=["due_at"], name="outbox_entry_due", condition=Q(failed_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def state(self) -> State:
        if self.failed_at is not None:
            return State.FAILED
        is_running = self.claimed_at is not None and self.due_at > timezone.now()
        return State.RUNNING if is_running else State.WAITING

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def read_payload(self) -> Any:  # Any: as it was passed to `add`
        """Return the payload. Raises `UndecryptableError`."""
        return json.loads(decrypt(self.sealed_payload))

    def claim(self) -> bool:
        """Begin an attempt. Return False if another worker was faster: one conditional UPDATE decides."""
        now = timezone.now()
        # After several attempts that ended with a killed process, the entry itself may be what kills it.
        due_at = now + max(CLAIM, delay_after(self.attempts + 1))
        mine = Entry.objects.due().filter(pk=self.pk, attempts=self.attempts)
        if not mine.update(claimed_at=now, due_at=due_at, attempts=F("attempts") + 1):
            return False
        self.claimed_at, self.due_at, self.attempts = now, due_at, self.attempts + 1
        return True

    def renew(self) -> bool:
        """Extend the attempt that `claim` began. Return False if another worker has begun one, or the entry is gone."""
        self.due_at = timezone.now() + RENEWED_CLAIM
        return self._in_this_attempt().update(due_at=self.due_at) > 0

    def release(self) -> None:
        """End the attempt that `claim` began, and let the next one begin at once: it did not fail."""
        self._in_this_attempt().update(claimed_at=None, due_at=timezone.now(), attempts=F("attempts") - 1)

    def _in_this_attempt(self) -> EntryQuerySet:
        return Entry.objects.filter(pk=self.pk, attempts=self.attempts)

    def finish(self) -> bool:
        """Delete the entry, because its work is done. Return False if it was deleted already."""
        return Entry.objects.filter(pk=self.pk).delete()[0] > 0

    def record_failure(self, error: str, *, is_final: bool = False) -> bool:
        """End the attempt that `claim` began. Return whether there will be another one, unless it `is_final`.

        An entry that belongs to no account is deleted if it has failed: nobody else would ever delete what it holds.
        """
        due_at = timezone.now() + delay_after(self.attempts)
        mine = self._in_this_attempt()
        if due_at < self.expires_at and not is_final:
            mine.update(claimed_at=None, due_at=due_at, last_error=error[:MAX_ERROR])
            return True
        if self.user_id is None:
            mine.delete()
        else:
            mine.update(claimed_at=None, failed_at=timezone.now(), last_error=error[:MAX_ERROR])
        return False
