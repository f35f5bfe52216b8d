"""One clock per account: the number that orders everything the account changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F


class Clock(models.Model):
    """A row of its own, not a column of the user: a stale `user.save()` would turn it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    value = models.BigIntegerField(default=0)
    # Cursors from before this number may have missed a forgotten deletion.
    sync_floor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="clock_never_goes_below_zero"),
            models.CheckConstraint(condition=models.Q(sync_floor__lte=F("value")), name="sync_floor_is_in_the_past"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.value}"


@contextmanager
def tick(owner_id: UUID) -> Iterator[int]:
    """A transaction that changes what `owner_id` keeps, and the number its changes take.

    The tick is the first statement: its row lock lets one account's writes commit in the order of their
    numbers, so that nobody who has seen a number can later meet a smaller one. An exception undoes all of it.
    """
    with transaction.atomic():
        yield _advance(owner_id)


def untick(owner_id: UUID) -> None:
    """Give the number back, inside `with tick(owner_id)`: it turned out that nothing changes."""
    Clock.objects.filter(pk=owner_id).update(value=F("value") - 1)


def _advance(owner_id: UUID) -> int:
    table = Clock._meta.db_table
    key = Clock._meta.pk.get_db_prep_value(owner_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (user_id, value, sync_floor) VALUES (%s, 1, 0)"  # noqa: S608  # no input in it
            f" ON CONFLICT (user_id) DO UPDATE SET value = {table}.value + 1 RETURNING value",
            [key],
        )
        version: int = cursor.fetchone()[0]
    return version
