"""The open event streams of each account, counted for all processes and machines."""

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.clock_skew import CLOCK_SKEW
from notes_api.server.process_names import process_names

SLOTS = 5
# A stream has its slot for this long, and the process that serves it renews the lease. On another machine nobody can
# tell whether that process still runs.
LEASE, RENEWAL = timedelta(seconds=60), timedelta(seconds=15)


class StreamSlotQuerySet(models.QuerySet["StreamSlot"]):
    def of(self, user_id: UUID) -> Self:
        return self.filter(user=user_id)

    def reserve(self, user_id: UUID, ends_at: datetime) -> UUID | int:
        """Return the id of a slot for a stream that ends then, or the seconds until one becomes free at the latest."""
        taken = {slot.number: slot for slot in self.of(user_id)}
        free = [number for number in range(SLOTS) if number not in taken or not taken[number].is_held]
        for number in free:
            slot = StreamSlot(user_id=user_id, number=number, ends_at=ends_at)
            if slot.take_from(taken.get(number)):
                return slot.pk
        if free:
            # Other requests were faster.
            return 1
        first = min(slot.free_at for slot in taken.values())
        return max(1, math.ceil((first - timezone.now()).total_seconds()))

    def release(self, slot_id: UUID) -> None:
        self.filter(pk=slot_id).delete()

    def renew(self, slot_ids: Collection[UUID]) -> None:
        self.filter(pk__in=slot_ids).update(expires_at=timezone.now() + LEASE)

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())


class StreamSlot(models.Model):
    """One of the places that an account has for event streams, while a stream is open. It gets a new id each time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    # The process that serves the stream, see `notes_api/server/process_names.py`.
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    # When the stream ends, unless its client leaves earlier.
    ends_at = models.DateTimeField()

    objects = StreamSlotQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "number"], name="one_stream_a_slot")]

    def __str__(self) -> str:
        return f"{self.number} of {self.user_id}"

    def take_from(self, ended: "StreamSlot | None") -> bool:
        """Store this slot in place of an ended one, if any. Return False if another request was faster."""
        self.holder, self.expires_at = process_names.own, timezone.now() + LEASE
        if ended is not None:
            values = {"id": self.pk, "holder": self.holder, "expires_at": self.expires_at, "ends_at": self.ends_at}
            return bool(StreamSlot.objects.filter(pk=ended.pk).update(**values))
        try:
            with transaction.atomic():
                self.save(force_insert=True)
        except IntegrityError:
            return False
        return True

    @property
    def is_held(self) -> bool:
        """Whether the lease is valid, and its process has not ended.

        A lease that would end later than its own length from now began before the clock was set back.
        """
        now = timezone.now()
        return now < self.expires_at <= now + LEASE + CLOCK_SKEW and not process_names.has_ended(self.holder)

    @property
    def free_at(self) -> datetime:
        """When the slot becomes free at the latest. A lease that was not renewed in time is unlikely to be renewed."""
        is_renewed = self.expires_at > timezone.now() + LEASE - 2 * RENEWAL
        return self.ends_at if is_renewed else min(self.ends_at, self.expires_at)
