"""One clock per account: the number that orders everything the account changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from notes_api.compiled import cursor

# Raised when lists look different while nothing in them has changed, so that no client keeps the old look.
REPRESENTATION = 1

# What `doorbell` listens to: "<account id> <version>" after every commit that moved a clock (PostgreSQL only).
CHANNEL = "notes_api_clock"


class AccountErased(Exception):
    """The account has gone since the request was authenticated."""


class ClockQuerySet(models.QuerySet["Clock"]):
    def begin_epoch(self, number: int) -> int:
        """Move every clock, and what is forgotten, to `number` or beyond; how many accounts that were."""
        value = Greatest(F("value") + 1, number, output_field=models.BigIntegerField())
        return self.update(value=value, sync_floor=value)

    def floor_of(self, owner_id: UUID) -> int:
        return self.filter(pk=owner_id).values_list("sync_floor", flat=True).first() or 0

    def forget_before(self, owner_id: UUID, version: int) -> int:
        """Deletions up to `version` are no longer remembered: cursors from before it are void."""
        return self.filter(pk=owner_id).update(sync_floor=Greatest(F("sync_floor"), version))

    def count_bytes(self, owner_id: UUID, size: int) -> int | None:
        """Count so many bytes more, or fewer; how many the account keeps now, None where nobody has counted them."""
        return changed(owner_id, "bytes_kept", "bytes_kept + %s", size)

    def set_bytes(self, owner_id: UUID, size: int) -> None:
        self.filter(pk=owner_id).update(bytes_kept=size)


class Clock(models.Model):
    """A row of its own, not a column of the user: a stale `user.save()` would turn it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    value = models.BigIntegerField(default=0)
    # Cursors from before this number may have missed a forgotten deletion.
    sync_floor = models.BigIntegerField(default=0)
    # How much text the account keeps; None while nobody counts.
    bytes_kept = models.BigIntegerField(null=True, default=None)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="clock_never_goes_below_zero"),
            models.CheckConstraint(condition=models.Q(sync_floor__lte=F("value")), name="sync_floor_is_in_the_past"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.value}"

    def etag(self, *ids: UUID) -> str:
        """A strong tag (RFC 9110, section 8.8.1) for whatever lists this account's things.

        It names the account too: a client may keep its cache when another person logs in. And what stands below
        a thing that may not exist names that thing: only who was shown the list can have its tag.
        """
        names = [str(self.value), self.user_id.hex[-8:], str(REPRESENTATION), *(name.hex for name in ids)]
        return f'"{".".join(names)}"'


class Tick:
    """The number that a transaction's changes take."""

    def __init__(self, owner_id: UUID, version: int, earlier: "dict[UUID, int | None] | None" = None) -> None:
        self.owner_id = owner_id
        self.version = version
        self.is_needed = True
        # What version a thing had before this transaction, while the text it had then is still there.
        self.earlier = {} if earlier is None else earlier
        # How much the earlier texts that are kept have grown, where that is counted.
        self.bytes_set_aside = 0

    def give_back(self) -> None:
        """It turned out that nothing changes: the account's clock shall not move."""
        self.is_needed = False


_open_tick: ContextVar[Tick | None] = ContextVar("open_tick", default=None)


@contextmanager
def tick(owner_id: UUID) -> Iterator[Tick]:
    """A transaction that changes what `owner_id` keeps, and the number its changes take.

    The tick is the first statement: its row lock lets one account's writes commit in the order of their
    numbers, so that nobody who has seen a number can later meet a smaller one. An exception undoes all of it.

    Inside another tick of the account it is a savepoint that takes the same number; the number is given back
    only if nobody needed it.
    """
    outer = _open_tick.get()
    with transaction.atomic():
        now = Tick(owner_id, _advance(owner_id)) if outer is None else _joined(outer, owner_id)
        token = _open_tick.set(now)
        try:
            yield now
        finally:
            _open_tick.reset(token)
        if outer is None:
            _conclude(now)
    if outer is not None:
        outer.is_needed = outer.is_needed or now.is_needed


@contextmanager
def joint_tick(owner_id: UUID) -> Iterator[Tick]:
    """A tick around others: it needs its number only if one of them does."""
    with tick(owner_id) as now:
        now.give_back()
        yield now


def _joined(outer: Tick, owner_id: UUID) -> Tick:
    if outer.owner_id != owner_id:
        raise RuntimeError("A transaction changes what one account keeps: end it before changing another's.")
    return Tick(owner_id, outer.version, outer.earlier)


def _conclude(now: Tick) -> None:
    if not now.is_needed:
        Clock.objects.filter(pk=now.owner_id).update(value=F("value") - 1)
    elif connection.vendor == "postgresql":
        # Not in the transaction: NOTIFY there makes all commits of the server wait for each other.
        transaction.on_commit(lambda: _announce(now), robust=True)


def _announce(now: Tick) -> None:
    with cursor() as statement:
        statement.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{now.owner_id} {now.version}"])


def _advance(owner_id: UUID) -> int:
    # While there is no quota the bytes are not counted, so a number from before is no longer true.
    uncounted = "" if settings.MAX_BYTES_PER_USER else ", bytes_kept = NULL"
    version = changed(owner_id, "value", f"value + 1{uncounted}")
    if version is None:
        raise AccountErased
    return version


def changed(owner_id: UUID, column: str, formula: str, *parameters: int) -> int | None:
    """What a column of the account's clock is after this change; None where it is NULL, or there is no such account."""
    table = Clock._meta.db_table
    key = Clock._meta.pk.get_db_prep_value(owner_id, connection)
    with cursor() as statement:
        statement.execute(
            f"UPDATE {table} SET {column} = {formula} WHERE user_id = %s RETURNING {column}",  # noqa: S608  # no input
            [*parameters, key],
        )
        row = statement.fetchone()
    return None if row is None else row[0]
