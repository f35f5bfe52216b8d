"""Renaming and removing a tag on many notes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from accounts.models import Clock, Credential, tick
from accounts.models.clock import has_open_tick
from notes.models import quota
from notes.models.revision import COPIED, MAX_REVISION_BYTES, Revision
from notes.models.tag_count import add_counts
from notes.models.tag_plan import COLUMNS, Plan, Renaming, plan_renaming
from notes_api.db import row_writer

if TYPE_CHECKING:
    from notes.models.note import Note
    from notes.models.note_queryset import NoteQuerySet

# The most notes that one statement names.
BATCH_SIZE = 500
# Held by the request that has computed a plan before its tick.
planning = Lock()
KEEP_STATES = (
    f"INSERT INTO notes_revision ({', '.join(COPIED)}, kept_at)"  # noqa: S608  # no input
    f" SELECT {', '.join(COPIED.values())}, %s FROM notes_note WHERE id IN "
)


def retag_notes(notes: "NoteQuerySet", owner_id: UUID, old: str, new: str | None, by: Credential | None) -> int:
    """Rename a tag, or remove it if `new` is None, in one tick; return how many had it. Raises `QuotaExceeded`."""
    tagged = notes.filter(owner=owner_id).tagged(old)

    def plan_for(version: int) -> Plan:
        return plan_renaming(tagged, Renaming(old, new, by, version))

    with plan_ahead(owner_id, plan_for) as plans, tick(owner_id) as change:
        if change.version not in plans:
            # Before the next one is made: a plan for 50,000 notes may take hundreds of megabytes.
            plans.clear()
            plans[change.version] = plan_for(change.version)
        plan = plans[change.version]
        if not plan.rows or old == new:
            change.cancel()
        else:
            write_plan(plan, notes.model, owner_id)
        return len(plan.rows)


@contextmanager
def plan_ahead(owner_id: UUID, plan_for: Callable[[int], Plan]) -> Iterator[dict[int, Plan]]:
    """Yield the plan for the next tick of the account, under the version that this tick gets unless others write first.

    On SQLite nobody else can write during a tick, so this makes it shorter. Yields none on PostgreSQL, none inside a
    tick, and none while another request of this process has one: requests that wait for the same lock would each hold a
    plan, and compute it again when they get the lock.
    """
    if connection.vendor != "sqlite" or has_open_tick() or not planning.acquire(blocking=False):
        yield {}
        return
    try:
        version = Clock.objects.value_of(owner_id) + 1
        yield {version: plan_for(version)}
    finally:
        planning.release()


def write_plan(plan: Plan, model: type["Note"], owner_id: UUID) -> None:
    for ids in batches(plan.kept):
        keep_states(model, owner_id, ids)
    row_writer.update_all(model, COLUMNS, plan.rows)
    # At once: the request that has opened an outer tick reads them before its end.
    add_counts(owner_id, [plan.counts])
    quota.count_growth(owner_id, plan.growth)


def keep_states(model: type["Note"], owner_id: UUID, ids: Sequence[UUID]) -> None:
    """Store the present states of these notes of one account as revisions, without reading their texts."""
    # Any: as the database takes them.
    values: list[Any] = [DateTimeField().get_db_prep_value(timezone.now(), connection)]
    values += [UUIDField().get_db_prep_value(pk, connection) for pk in ids]
    with connection.cursor() as cursor:
        cursor.execute(KEEP_STATES + f"({', '.join(['%s'] * len(ids))})", values)
    freed = 0
    for note in model._default_manager.filter(pk__in=Revision.objects.crowded_among(ids)).only("pk", "changed_by"):
        if (surplus := Revision.objects.surplus_of(note, MAX_REVISION_BYTES)) is not None:
            freed += surplus.total_bytes() if quota.is_limited() else 0
            surplus.delete()
    if quota.is_limited():
        quota.count_and_compare(owner_id, model._default_manager.among(ids).total_bytes() - freed)


def batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch
