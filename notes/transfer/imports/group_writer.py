"""Writes the drafts of a group as notes: each that is new, once, and nothing that was changed since."""

from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts.models import Clock, Tick, tick
from notes.models import Note, Revision, quota
from notes.models.revision import MAX_REVISIONS
from notes.models.tag_count import count_tags
from notes.transfer.imports.group import Group
from notes.transfer.imports.planned_note import PlannedNote, size_of
from notes_api.db import row_writer


class Author(NamedTuple):
    """Who imports: the id of the credential, and what notes say of it."""

    id: UUID | None = None
    text: str | None = None


def write_group(group: Group, author: Author) -> None:
    """Write the notes that are new, in one tick. Call it in a transaction, with what `compare` has found outside of it.

    What no longer fits in the account's quota fails. Raises `AccountErased`.
    """
    if not group.new:
        return
    with tick(group.owner_id) as change:
        if change.version != group.clock + 1:
            # Somebody else has written since.
            group.compare()
        limit_to_quota(group)
        new = group.new
        if not new:
            change.cancel()
            return
        make_room_for_revisions(change, max(len(note.draft.revisions) for note in new))
        row_writer.insert_all([make_note(change, note, author) for note in new])
        row_writer.insert_all([revision for note in new for revision in make_revisions(change, note)])
        for note in new:
            if note.draft.trashed_at is None:
                count_tags(change, [], note.draft.tags)


def limit_to_quota(group: Group) -> None:
    room = quota.remaining(group.owner_id)
    if room is not None:
        quota.count_growth(group.owner_id, leave_out_excess(group, room))


def leave_out_excess(group: Group, room: int) -> int:
    """Mark the notes that exceed this number of bytes as failed, and return the bytes of the others."""
    used = 0
    for note in group.new:
        size = size_of(note.draft)
        if used + size > room:
            note.skip("failed", "quota_exceeded")
        else:
            used += size
    return used


def make_room_for_revisions(change: Tick, count: int) -> None:
    """Advance the clock further: each earlier text of a note has a version of its own, below that of the note."""
    if count:
        Clock.objects.advance(change.owner_id, min(count, MAX_REVISIONS))
        change.version += min(count, MAX_REVISIONS)


def make_note(change: Tick, note: PlannedNote, author: Author) -> Note:
    draft = note.draft
    note.prepare()
    now = timezone.now()
    created_at = draft.created_at or draft.updated_at or now
    return Note(
        id=note.id,
        owner_id=change.owner_id,
        version=change.version,
        created_at=created_at,
        updated_at=draft.updated_at or created_at,
        trashed_at=draft.trashed_at and min(draft.trashed_at, now),
        imported_at=now,
        written_by=author.id,
        changed_by=author.text,
        changed_at=now,
        **note.columns,
    )


def make_revisions(change: Tick, note: PlannedNote) -> list[Revision]:
    texts = note.draft.revisions[-MAX_REVISIONS:]
    first = change.version - len(texts)
    return [
        Revision(
            note_id=note.id,
            version=first + number,
            title=text.title,
            content=text.content,
            tags=list(text.tags),
            written_at=text.written_at,
            kept_at=text.kept_at,
        )
        for number, text in enumerate(texts)
    ]
