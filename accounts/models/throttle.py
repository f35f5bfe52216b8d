"""Counters that limit how often something may be tried, exact across processes and machines."""

import math
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from notes_api.environment import Rate


class ThrottleQuerySet(models.QuerySet["ThrottleCounter"]):
    def reserve(self, key: str, rate: Rate) -> int:
        """Take one of the attempts that `rate` allows `key`: 0, or the seconds to wait where none is left.

        One statement, so that parallel attempts cannot slip through together. A full counter is not written.
        """
        now = timezone.now()
        if self._count(key, rate, now):
            return 0
        expires_at = self.filter(pk=key).values_list("expires_at", flat=True).first() or now
        return max(1, math.ceil((expires_at - now).total_seconds()))

    def give_back(self, key: str) -> None:
        self.filter(pk=key, count__gt=0).update(count=F("count") - 1)

    def extend(self, keys: Collection[str], seconds: int) -> None:
        """Let these windows end so many seconds from now."""
        self.filter(pk__in=keys, count__gt=0).update(expires_at=timezone.now() + timedelta(seconds=seconds))

    def expired(self) -> "ThrottleQuerySet":
        return self.filter(expires_at__lte=timezone.now())

    def _count(self, key: str, rate: Rate, now: datetime) -> bool:
        table = self.model._meta.db_table
        adapt = self.model._meta.get_field("expires_at").get_db_prep_value
        moment, ending = (adapt(time, connection) for time in (now, now + timedelta(seconds=rate.seconds)))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (key, count, expires_at) VALUES (%s, 1, %s)"  # noqa: S608  # no input in it
                " ON CONFLICT (key) DO UPDATE SET"
                f" count = CASE WHEN {table}.expires_at <= %s THEN 1 ELSE {table}.count + 1 END,"
                f" expires_at = CASE WHEN {table}.expires_at <= %s THEN excluded.expires_at ELSE {table}.expires_at END"
                f" WHERE {table}.expires_at <= %s OR {table}.count < %s RETURNING count",
                [key, ending, moment, moment, moment, rate.limit],
            )
            return cursor.fetchone() is not None


class ThrottleCounter(models.Model):
    """How often `key` was tried since its window began; the window ends at `expires_at`."""

    key = models.CharField(primary_key=True, max_length=128)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    objects = ThrottleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
