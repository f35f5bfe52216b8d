"""Counters for throttling in the database, exact across processes and machines."""

import math
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.db.models import F
from django.utils import timezone

from accounts.models.clock_skew import CLOCK_SKEW
from notes_api.config.rate import Rate

# If the window has ended, a new one starts. A window that would end later than its own length from now was started
# before the clock was set back. It counts as ended, because it could block an account for years.
HAS_ENDED = "({table}.expires_at <= %s OR {table}.expires_at > %s)"
COUNT_SQL = f"""
    INSERT INTO {{table}} (key, count, expires_at, is_provisional) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN {HAS_ENDED} THEN 0 ELSE {{table}}.count END + excluded.count,
        expires_at = CASE WHEN {HAS_ENDED} THEN excluded.expires_at ELSE {{table}}.expires_at END,
        is_provisional = CASE WHEN {HAS_ENDED} THEN excluded.is_provisional ELSE {{table}}.is_provisional END
    WHERE {HAS_ENDED} OR {{table}}.count + excluded.count <= %s RETURNING count
"""  # noqa: S608  # no input

# PostgreSQL skips counters that another request is about to delete or to start again.
DELETE_SQL = """
    DELETE FROM {table} WHERE key IN
        (SELECT key FROM {table} WHERE expires_at <= %s ORDER BY expires_at LIMIT {limit} {lock})
"""
# Ended counters that are deleted when a window begins: more than one, so that the table shrinks after an attack.
DELETED_AT_ONCE = 10


class ThrottleQuerySet(models.QuerySet["ThrottleCounter"]):
    def reserve(self, key: str, rate: Rate, provisional_seconds: int | None = None, cost: int = 1) -> int:
        """Count an attempt if `rate` allows it. Return 0, or the seconds until the next attempt is allowed.

        `cost` is how many attempts this one counts as. An attempt that costs more than `rate` allows gets a window
        of its own. With `provisional_seconds` a new window ends after that time, unless `confirm` is called. One
        statement checks and counts, so that parallel attempts cannot exceed the limit. A full counter is not written.
        """
        now = timezone.now()
        if self._try_to_count(key, rate, now, provisional_seconds, cost):
            return 0
        expires_at = self.filter(pk=key).values_list("expires_at", flat=True).first() or now
        return max(1, math.ceil((expires_at - now).total_seconds()))

    def release(self, key: str) -> None:
        """Undo one counted attempt."""
        self.filter(pk=key, count__gt=0).update(count=F("count") - 1)

    def confirm(self, key: str, rate: Rate) -> None:
        """Give a provisional window the full length of `rate`, because an attempt in it has failed."""
        ending = timezone.now() + timedelta(seconds=rate.seconds)
        self.filter(pk=key, is_provisional=True).update(is_provisional=False, expires_at=ending)

    def expired(self) -> "ThrottleQuerySet":
        return self.filter(expires_at__lte=timezone.now())

    def _try_to_count(self, key: str, rate: Rate, now: datetime, provisional_seconds: int | None, cost: int) -> bool:
        table = self.model._meta.db_table
        adapt = self.model._meta.get_field("expires_at").get_db_prep_value
        seconds = rate.seconds if provisional_seconds is None else min(provisional_seconds, rate.seconds)
        # The machine that started the window may be a little ahead.
        latest = now + timedelta(seconds=rate.seconds) + CLOCK_SKEW
        times = (now + timedelta(seconds=seconds), now, latest)
        ending, *bounds = (adapt(time, connection) for time in times)
        with connection.cursor() as cursor:
            cursor.execute(
                COUNT_SQL.format(table=table),
                [key, cost, ending, provisional_seconds is not None, *bounds * 4, rate.limit],
            )
            row = cursor.fetchone()
            if row == (cost,):
                self._delete_some_expired(cursor, bounds[0])
            return row is not None

    def _delete_some_expired(self, cursor: CursorWrapper, moment: datetime | str) -> None:
        """Delete a few ended counters when a window begins, so that the table holds little more than live ones."""
        lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
        table = self.model._meta.db_table
        cursor.execute(DELETE_SQL.format(table=table, limit=DELETED_AT_ONCE, lock=lock), [moment])


class ThrottleCounter(models.Model):
    """The number of attempts for `key` since its window began. The window ends at `expires_at`."""

    key = models.CharField(primary_key=True, max_length=128)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    # Whether no attempt in this window has failed yet.
    is_provisional = models.BooleanField(default=False, db_default=False)

    objects = ThrottleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
