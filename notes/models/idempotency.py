"""Answers kept for a day, so that the retry of a request does nothing twice."""

from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

KEPT_FOR = timedelta(hours=24)


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def given_to(self, credential_id: UUID, key: str) -> Self:
        return self.filter(credential_id=credential_id, key=key)

    def fresh(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - KEPT_FOR)

    def stale(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - KEPT_FOR)

    def about(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(notes__in=notes)

    def remove(self) -> int:
        """How many that were; their bodies, of up to 8 MiB each, are not read for it."""
        return self.only("pk").delete()[1].get(self.model._meta.label, 0)


class StoredAnswer(models.Model):
    """What a request with this `Idempotency-Key` was answered; bound to its credential and its payload."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    credential_id = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    # Purging one of them purges the answer, for it holds the note's text.
    notes = models.ManyToManyField("notes.Note", related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = StoredAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential_id", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"
