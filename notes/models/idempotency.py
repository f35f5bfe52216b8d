"""Responses stored for a day, so that a repeated request has no second effect."""

from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from notes.models.functions import OctetLength
from notes_api.db.short_transactions import in_batches, unlimited_statements

RETENTION = timedelta(hours=24)
# Bytes of the responses that are stored for one account. The oldest are deleted when a newer one needs the room.
MAX_STORED_BYTES = 64 * 1_048_576
# Bytes that each stored response counts besides its body, so that small responses cannot become countless rows.
ROW_BYTES = 1024


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def with_key(self, holder_id: UUID, key: str) -> Self:
        return self.filter(holder_id=holder_id, key=key)

    def fresh(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - RETENTION)

    def stale(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - RETENTION)

    def about(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(notes__in=notes)

    def about_note(self, note_id: UUID) -> Self:
        return self.filter(notes=note_id)

    def make_room(self, user_id: UUID, size: int) -> int:
        """Delete the account's oldest responses before one of `size` bytes is stored, and return its `end_byte`.

        A response of which only a part is among the newest MAX_STORED_BYTES stays. The caller holds the lock of the
        account's clock.
        """
        of_account = self.filter(user=user_id)
        newest = of_account.order_by("-end_byte").values_list("end_byte", flat=True).first() or 0
        end = newest + size + ROW_BYTES
        of_account.filter(end_byte__lte=end - MAX_STORED_BYTES).remove()
        return end

    def remove_in_batches(self) -> int:
        """Delete these in short transactions; return their number."""
        with unlimited_statements():
            sizes = list(self.values_list("pk", OctetLength("body")))
        return sum(self.filter(pk__in=ids).remove() for ids in in_batches(sizes))

    def remove(self) -> int:
        """Delete these without reading their bodies of up to 8 MiB each; return their number."""
        return self.only("pk").delete()[1].get(self.model._meta.label, 0)


class StoredAnswer(models.Model):
    """The response to a request with this `Idempotency-Key`, bound to the holder of the key and to its payload."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # The account, or the API token if it must not read what others have stored.
    holder_id = models.UUIDField(db_column="credential_id")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    # The bytes of all responses that the account has stored up to this one, each with ROW_BYTES. The difference to the
    # newest says how many bytes are newer, without a sum over all rows.
    end_byte = models.BigIntegerField(default=0)
    # Purging one of these notes, or deleting a revision of it, deletes the response: it may contain the text.
    notes = models.ManyToManyField("notes.Note", related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = StoredAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holder_id", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["user", "end_byte"], name="answer_of_user")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"
