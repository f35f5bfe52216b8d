"""Counters that limit how often something may be tried, exact across processes and machines."""

import math
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from notes_api.environment import Rate

# A window that is over begins anew.
COUNT = """
    INSERT INTO {table} (key, count, expires_at, is_provisional) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN {table}.expires_at <= %s THEN 0 ELSE {table}.count END + excluded.count,
        expires_at = CASE WHEN {table}.expires_at <= %s THEN excluded.expires_at ELSE {table}.expires_at END,
        is_provisional = CASE WHEN {table}.expires_at <= %s THEN excluded.is_provisional
            ELSE {table}.is_provisional END
    WHERE {table}.expires_at <= %s OR {table}.count + excluded.count <= %s RETURNING count
"""


class ThrottleQuerySet(models.QuerySet["ThrottleCounter"]):
    def reserve(self, key: str, rate: Rate, patience: int | None = None, cost: int = 1) -> int:
        """Take one of the attempts that `rate` allows `key`: 0, or the seconds to wait where none is left.

        An attempt may cost as much as several; one that costs more than `rate` allows in all has a window for itself.
        With `patience` a window ends after so many seconds already, unless `confirm` says that an attempt in it is
        to be remembered. One statement, so that parallel attempts cannot slip through together. A full counter is
        not written.
        """
        now = timezone.now()
        if self._count(key, rate, now, patience, cost):
            return 0
        expires_at = self.filter(pk=key).values_list("expires_at", flat=True).first() or now
        return max(1, math.ceil((expires_at - now).total_seconds()))

    def give_back(self, key: str) -> None:
        self.filter(pk=key, count__gt=0).update(count=F("count") - 1)

    def confirm(self, key: str, rate: Rate) -> None:
        """One of the attempts counts: the window is as long as `rate` says."""
        ending = timezone.now() + timedelta(seconds=rate.seconds)
        self.filter(pk=key, is_provisional=True).update(is_provisional=False, expires_at=ending)

    def extend(self, keys: Collection[str], seconds: int) -> None:
        """Let these windows end so many seconds from now."""
        self.filter(pk__in=keys, count__gt=0).update(expires_at=timezone.now() + timedelta(seconds=seconds))

    def expired(self) -> "ThrottleQuerySet":
        return self.filter(expires_at__lte=timezone.now())

    def _count(self, key: str, rate: Rate, now: datetime, patience: int | None, cost: int) -> bool:
        table = self.model._meta.db_table
        adapt = self.model._meta.get_field("expires_at").get_db_prep_value
        seconds = rate.seconds if patience is None else min(patience, rate.seconds)
        moment, ending = (adapt(time, connection) for time in (now, now + timedelta(seconds=seconds)))
        with connection.cursor() as cursor:
            cursor.execute(
                COUNT.format(table=table),
                [key, cost, ending, patience is not None, moment, moment, moment, moment, rate.limit],
            )
            return cursor.fetchone() is not None


class ThrottleCounter(models.Model):
    """How often `key` was tried since its window began; the window ends at `expires_at`."""

    key = models.CharField(primary_key=True, max_length=128)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    # Whether none of the attempts is known yet to be one that counts.
    is_provisional = models.BooleanField(default=False, db_default=False)

    objects = ThrottleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
