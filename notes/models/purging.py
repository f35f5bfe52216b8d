"""Purging notes: first their text, and after TOMBSTONE_DAYS their tombstones too."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Max, Model, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.exceptions import AccountErased
from accounts.models import Clock, Credential, tick
from notes.models import quota
from notes.models.functions import OctetLength
from notes.models.idempotency import StoredAnswer
from notes.models.revision import Revision
from notes.models.revision_policy import record_change
from notes_api.db.short_transactions import in_batches, unlimited_statements

if TYPE_CHECKING:
    from notes.models.note_queryset import NoteQuerySet

# What a tombstone keeps of its note. Every other column is reset to its default. The marks of tags, which are not their
# names, tell a credential that is limited to one of the tags that the note is gone.
KEPT_FIELDS = frozenset(
    {"id", "owner", "version", "created_at", "updated_at", "trashed_at", "purged_at", "tag_marks", "lost_tags"}
)


def apply_in_batches(function: "Callable[[NoteQuerySet, UUID], int]", notes: "NoteQuerySet") -> int:
    """Call `purge_notes` or `delete_tombstones` for the notes of all accounts, and return the sum of the results.

    Each transaction is short. The oldest versions come first: if it is interrupted, the sync floor is right.
    """
    with unlimited_statements():
        owner_ids = notes.owner_ids()
    count = 0
    for owner_id in owner_ids:
        with unlimited_statements():
            sizes = sizes_of(notes.filter(owner=owner_id).in_order_of_change())
        # It is erased while its notes are purged.
        with suppress(AccountErased):
            for ids in in_batches(sizes):
                count += function(notes.among(ids), owner_id)
    return count


def sizes_of(notes: "NoteQuerySet") -> list[tuple[UUID, int]]:
    """Return the id of each note, and the bytes of its content and its revisions."""
    revisions = Revision.objects.filter(note=OuterRef("pk")).order_by().values("note")
    of_revisions = Subquery(revisions.annotate(total=Sum(OctetLength("content"))).values("total"))
    return list(notes.values_list("pk", OctetLength("content") + Coalesce(of_revisions, 0)))


def purge_notes(notes: "NoteQuerySet", owner_id: UUID, by: Credential | None = None) -> int:
    """Turn these notes of one account into tombstones, in one tick, and return their number.

    Their revisions and the stored responses that show them are deleted.
    """
    with tick(owner_id) as change:
        doomed = notes.filter(owner=owner_id)
        revisions = Revision.objects.of_notes(doomed)
        if quota.is_limited():
            quota.count_growth(owner_id, -doomed.total_bytes() - revisions.total_bytes())
        revisions.delete()
        StoredAnswer.objects.about(doomed).remove()
        tombstone = cleared_values(notes.model) | record_change(by)
        count = doomed.update(**tombstone, purged_at=timezone.now(), version=change.version)
        if not count:
            change.cancel()
        return count


def delete_tombstones(tombstones: "NoteQuerySet", owner_id: UUID) -> int:
    """Delete these tombstones of one account and return their number. Sync cursors from before them expire."""
    with tick(owner_id) as change:
        change.cancel()
        doomed = tombstones.filter(owner=owner_id)
        newest = doomed.aggregate(newest=Max("version"))["newest"]
        if newest is None:
            return 0
        Clock.objects.expire_cursors_before(owner_id, newest)
        return doomed.delete()[1].get("notes.Note", 0)


def cleared_values(model: type[Model]) -> dict[str, Any]:  # Any: each field has its own type
    """Return the values that a tombstone has in place of the note's."""
    return {field.name: field.get_default() for field in model._meta.concrete_fields if field.name not in KEPT_FIELDS}
