"""Purging notes: first their text, and after TOMBSTONE_DAYS their tombstones too."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Max, Model
from django.utils import timezone

from accounts.models import Clock, tick
from notes.models import quota
from notes.models.idempotency import StoredAnswer
from notes.models.revision import Revision

if TYPE_CHECKING:
    from notes.models.note_queryset import NoteQuerySet

# What a tombstone keeps of its note. Every other column is reset to its default.
KEPT_FIELDS = frozenset({"id", "owner", "version", "created_at", "updated_at", "trashed_at", "purged_at"})


def purge_notes(notes: "NoteQuerySet", owner_id: UUID) -> int:
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
        count = doomed.update(**cleared_values(notes.model), purged_at=timezone.now(), version=change.version)
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
