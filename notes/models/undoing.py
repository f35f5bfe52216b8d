"""Undoing what one credential has changed, in all notes of an account, with limited work at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Max

from accounts.models import Clock, Credential, tick
from notes.exceptions import CannotUndo, QuotaExceeded
from notes.models.earlier_state import values_before
from notes.models.note import Note
from notes.models.note_queryset import NoteQuerySet
from notes.models.revision import Revision
from notes_api.rest.conditional import UNCONDITIONAL

# What one call looks at, and what it changes at most: each change is a transaction, which folds the words of its text.
MAX_EXAMINED, MAX_CHANGED, MAX_CHANGED_CHARACTERS = 1000, 100, 1_048_576
PURGED, NO_ROOM = "purged", "quota_exceeded"


class Changes(NamedTuple):
    """How many notes and earlier states name a credential as their author, and when it made the last of them."""

    notes: int
    revisions: int
    last_at: datetime | None


@dataclass(frozen=True)
class Position:
    """After this note, in the order of versions, among the notes that had not changed since the undo began."""

    version: int
    note_id: UUID | None
    until: int

    @classmethod
    def at_start(cls, owner_id: UUID) -> "Position":
        return cls(0, None, Clock.objects.value_of(owner_id))


@dataclass
class Undone:
    """The notes that were put back, those that were not with the reason, and where to go on; None at the end."""

    changed: list[UUID] = field(default_factory=list)
    skipped: dict[UUID, str] = field(default_factory=dict)
    following: Position | None = None


def count_changes(credential: Credential) -> Changes:
    """Count in all that the account has: a note has no index of its authors."""
    figures = {"count": Count("pk"), "last": Max("changed_at")}
    notes, revisions = (
        states.filter(changed_by__startswith=credential.author_prefix).aggregate(**figures)
        for states in (Note.objects.ever_owned_by(credential.user_id), Revision.objects.of_owner(credential.user_id))
    )
    last_at = max(filter(None, [notes["last"], revisions["last"]]), default=None)
    return Changes(notes["count"], revisions["count"], last_at)


def undo(credential: Credential, since: datetime, start: Position | None, by: Credential) -> Undone:
    """Put back the notes that the credential has changed since then, unless another author has changed them later.

    Each note is put back in its own transaction, so the call can be repeated after an error. What it replaces becomes a
    revision.
    """
    position, undone, characters = start or Position.at_start(credential.user_id), Undone(), 0
    notes = changed_notes(credential.user_id, since, position)
    concerned = changed_among(notes, credential, since)
    for note in notes:
        if len(undone.changed) >= MAX_CHANGED or characters >= MAX_CHANGED_CHARACTERS:
            undone.following = position
            return undone
        if note.pk in concerned:
            characters += undo_one(note, credential, since, by, undone)
        position = Position(note.version, note.pk, position.until)
    undone.following = position if len(notes) == MAX_EXAMINED else None
    return undone


def changed_notes(owner_id: UUID, since: datetime, after: Position) -> list[Note]:
    """Return the next notes of the account that changed since then, without their texts."""
    notes = Note.objects.ever_owned_by(owner_id).changed_since(since).changed_up_to(after.until)
    page = notes.changed_after(after.version, after.note_id).in_order_of_change()
    return list(page.only("version", "owner_id", "changed_by", "purged_at")[:MAX_EXAMINED])


def changed_among(notes: Sequence[Note], credential: Credential, since: datetime) -> set[UUID]:
    """Return the ids of the notes that the credential has changed since then."""
    prefix = credential.author_prefix
    last = {note.pk for note in notes if (note.changed_by or "").startswith(prefix)}
    return last | Revision.objects.changed_since(prefix, since).note_ids_among([note.pk for note in notes])


def put_back(note: Note, author_prefix: str, since: datetime, by: Credential | None) -> Note | None:
    """Put the note back to how it was before the changes that this author has made since then.

    Return the note, or None if nothing differs. Raises `CannotUndo`, `QuotaExceeded`, and `Note.DoesNotExist` if the
    note was purged.
    """
    with tick(note.owner_id) as change:
        current = note._require_allowed(change, NoteQuerySet.not_purged, UNCONDITIONAL)
        values = values_before(current, author_prefix, since)
        current._apply(change, values, by, is_worth_keeping=True)
        return current if values else None


def undo_one(note: Note, credential: Credential, since: datetime, by: Credential, undone: Undone) -> int:
    """Put one note back; return the length of what was written."""
    if note.purged_at is not None:
        undone.skipped[note.pk] = PURGED
        return 0
    try:
        written = put_back(note, credential.author_prefix, since, by)
    except Note.DoesNotExist:
        undone.skipped[note.pk] = PURGED
    except CannotUndo as refusal:
        undone.skipped[note.pk] = refusal.reason
    except QuotaExceeded:
        undone.skipped[note.pk] = NO_ROOM
    else:
        if written is not None:
            undone.changed.append(note.pk)
            return len(written.content)
    return 0
