"""One clock per account: the number that orders everything the account changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.exceptions import AccountErased
from accounts.models.announcements import announce_after_commit
from notes_api.db.compiled import run_statement

# Part of the ETag of every list. Increase it when the JSON of lists changes although no data does: clients then fetch
# again what they have cached.
REPRESENTATION_VERSION = 2

# The tick of a write with a single statement (`notes.models.single_statement`), which never counts a quota.
TICK_UNLESS_CHANGED = "UPDATE accounts_clock SET value = value + 1, bytes_kept = NULL WHERE user_id = %s AND value = %s"


class ClockQuerySet(models.QuerySet["Clock"]):
    def begin_epoch(self, number: int) -> int:
        """Advance every clock and sync floor to at least `number`, and return how many accounts there are."""
        value = Greatest(F("value") + 1, number, output_field=models.BigIntegerField())
        return self.update(value=value, sync_floor=value)

    def floor_of(self, owner_id: UUID) -> int:
        return self.filter(pk=owner_id).values_list("sync_floor", flat=True).first() or 0

    def value_of(self, owner_id: UUID) -> int:
        return self.filter(pk=owner_id).values_list("value", flat=True).first() or 0

    def bytes_of(self, owner_id: UUID) -> int | None:
        return self.filter(pk=owner_id).values_list("bytes_kept", flat=True).first()

    def expire_cursors_before(self, owner_id: UUID, version: int) -> int:
        """Let the sync cursors from before `version` expire: deletions up to it are no longer in the feed."""
        return self.filter(pk=owner_id).update(sync_floor=Greatest(F("sync_floor"), version))

    def advance(self, owner_id: UUID, count: int) -> None:
        """Advance the clock in a tick, for several versions at once."""
        self.filter(pk=owner_id).update(value=F("value") + count)

    def add_bytes(self, owner_id: UUID, size: int) -> int | None:
        """Add `size`, which may be negative, to the account's bytes; return the sum, or None if nobody counts."""
        return update_clock(owner_id, "bytes_kept", "bytes_kept + %s", size)

    def set_bytes(self, owner_id: UUID, size: int) -> None:
        self.filter(pk=owner_id).update(bytes_kept=size)


class Clock(models.Model):
    """A table of its own, because a stale `user.save()` would turn back a column of the user."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    value = models.BigIntegerField(default=0)
    # Sync cursors from before this number may have missed a deletion that is forgotten.
    sync_floor = models.BigIntegerField(default=0)
    # The bytes of text that the account keeps; NULL while there is no quota and nobody counts.
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
        """Return a strong ETag (RFC 9110, section 8.8.1) for lists of this account.

        It names the account, because a client may keep its cache when another user logs in. `ids` name the parent of
        a nested list, so that the tag does not match for a parent that the client has never been shown.
        """
        names = [str(self.value), self.user_id.hex[-8:], str(REPRESENTATION_VERSION), *(name.hex for name in ids)]
        return f'"{".".join(names)}"'


class Tick:
    """One change of an account, with the version that everything written in it gets."""

    def __init__(self, owner_id: UUID, version: int, previous_versions: "dict[UUID, int | None] | None" = None) -> None:
        self.owner_id = owner_id
        self.version = version
        self.is_needed = True
        # Whether it is part of another tick, which may write the same objects again.
        self.is_nested = previous_versions is not None
        # The version that each object had before this transaction. None if that text is no longer there to store: it is
        # stored already, or was overwritten.
        self.previous_versions = {} if previous_versions is None else previous_versions
        # By how many bytes the revisions have grown. Stays 0 without a quota.
        self.revision_bytes = 0
        # What remains to do before the commit, each function once with all that was passed for it.
        self.remaining: dict[Callable[[UUID, list[Any]], None], list[Any]] = {}  # Any: as the function takes it

    def cancel(self) -> None:
        """Leave the account's clock as it was: nothing has changed."""
        self.is_needed = False

    def at_end(self, function: Callable[[UUID, list[Any]], None], value: Any) -> None:  # Any: as the function takes it
        """Call `function` before the commit, once with the account and all values passed for it in this transaction."""
        self.remaining.setdefault(function, []).append(value)


_open_tick: ContextVar[Tick | None] = ContextVar("open_tick", default=None)


@contextmanager
def tick(owner_id: UUID) -> Iterator[Tick]:
    """Open a transaction that changes an account, and advance the account's clock.

    Advancing the clock is the first statement. Its row lock makes the writes of one account commit in the order of
    their versions: a client that has seen a version can never later meet a smaller one. An exception rolls back
    everything. Raises `AccountErased`.

    Inside another tick of the account, it opens a savepoint and shares the outer version. The clock is turned back only
    if every tick was cancelled.
    """
    outer = _open_tick.get()
    with transaction.atomic():
        change = Tick(owner_id, _advance(owner_id)) if outer is None else _nest(outer, owner_id)
        token = _open_tick.set(change)
        try:
            yield change
        finally:
            _open_tick.reset(token)
        if outer is None:
            _finish(change)
    if outer is not None:
        outer.is_needed = outer.is_needed or change.is_needed
        for function, values in change.remaining.items():
            outer.remaining.setdefault(function, []).extend(values)


@contextmanager
def joint_tick(owner_id: UUID) -> Iterator[Tick]:
    """Open a tick around others; it advances the clock only if one of them does."""
    with tick(owner_id) as change:
        change.cancel()
        yield change


def _nest(outer: Tick, owner_id: UUID) -> Tick:
    if outer.owner_id != owner_id:
        raise RuntimeError("A transaction can change only one account: end it before you change another.")
    return Tick(owner_id, outer.version, outer.previous_versions)


def _finish(change: Tick) -> None:
    for function, values in change.remaining.items():
        function(change.owner_id, values)
    if not change.is_needed:
        Clock.objects.filter(pk=change.owner_id).update(value=F("value") - 1)
    elif connection.vendor == "postgresql":
        announce_after_commit(change.owner_id, change.version)


def has_open_tick() -> bool:
    return _open_tick.get() is not None


def _advance(owner_id: UUID) -> int:
    # Without a quota nobody counts the bytes, so an earlier number would be wrong.
    reset_bytes = "" if settings.MAX_BYTES_PER_USER else ", bytes_kept = NULL"
    version = update_clock(owner_id, "value", f"value + 1{reset_bytes}")
    if version is None:
        raise AccountErased
    return version


def update_clock(owner_id: UUID, column: str, formula: str, *parameters: int) -> int | None:
    """Update a column of the account's clock and return its new value; None if it is NULL or the account is gone."""
    table = Clock._meta.db_table
    key = Clock._meta.pk.get_db_prep_value(owner_id, connection)
    rows = run_statement(
        f"UPDATE {table} SET {column} = {formula} WHERE user_id = %s RETURNING {column}",  # noqa: S608  # no input
        [*parameters, key],
    )
    return rows[0][0] if rows else None
