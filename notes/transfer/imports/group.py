"""Compares drafts with the notes that exist: only what is new is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Clock
from notes.models import Note
from notes.models.functions import OctetLength
from notes.transfer.draft import Draft
from notes.transfer.ids import NoteIds, replacement_id
from notes.transfer.imports.planned_note import PlannedNote, values_of
from notes_api.db.compiled import Parameter, compiled

# What of a note decides whether it is as it was imported.
COMPARED = ("title", "tags", "is_pinned", "is_archived")
STORED = ("id", "owner_id", "purged_at", "trashed_at", *COMPARED, "size")
# Notes that are compared at once, and written in one transaction.
MAX_NOTES = 100

Stored = Mapping[str, Any]  # Any: each column has its own type


@dataclass
class Group:
    """Drafts that are written together."""

    ids: NoteIds
    notes: list[PlannedNote] = field(default_factory=list)
    # The account's clock before the drafts were compared.
    clock: int = 0

    @property
    def owner_id(self) -> UUID:
        return self.ids.account_id

    @property
    def new(self) -> list[PlannedNote]:
        return [planned for planned in self.notes if planned.status == "created"]

    def add(self, draft: Draft) -> PlannedNote:
        planned = PlannedNote(draft, *self.ids.assign(draft))
        self.notes.append(planned)
        return planned

    def compare(self) -> None:
        """Find out which of the drafts are new, with what the database has now."""
        self.clock = Clock.objects.value_of(self.owner_id)
        stored = read_stored({planned.id for planned in self.notes})
        foreign = [
            planned
            for planned in self.notes
            if planned.id.version not in (4, 7) or is_foreign(stored.get(planned.id), self.owner_id)
        ]
        for planned in foreign:
            planned.id = replacement_id(self.owner_id, planned.id)
        if foreign:
            stored = read_stored({planned.id for planned in self.notes})
        contents = read_contents(self.notes, stored)
        seen: set[UUID] = set()
        for planned in self.notes:
            planned.skip("created")
            if planned.is_repeated or planned.id in seen:
                planned.skip("unchanged", "duplicate")
            elif (note := stored.get(planned.id)) is not None:
                planned.skip(*compare(planned.draft, note, contents.get(planned.id)))
            seen.add(planned.id)


def is_foreign(note: Stored | None, owner_id: UUID) -> bool:
    return note is not None and note["owner_id"] != owner_id


def read_stored(ids: Collection[UUID]) -> dict[UUID, Stored]:
    """Return what is stored with these ids, MAX_NOTES at most."""
    if not ids:
        return {}
    # Always the same number of parameters, so that there is one statement.
    padding = [next(iter(ids))] * (MAX_NOTES - len(ids))
    rows = notes_with(ids=(*ids, *padding))
    return {row[0]: dict(zip(STORED, row, strict=True)) for row in rows}


# An import may fill an empty table: PostgreSQL's plan for an empty one would read all rows until it is analyzed.
@compiled(custom_plan=True)
def notes_with(ids: Sequence[Parameter]) -> "QuerySet[Note, Any]":  # Any: columns differ
    return Note.objects.among(ids).annotate(size=OctetLength("content")).values_list(*STORED)


def read_contents(notes: Sequence[PlannedNote], stored: Mapping[UUID, Stored]) -> dict[UUID, str]:
    """Return the contents that may be equal. Others can be long, and need not be read."""
    ids = [
        planned.id
        for planned in notes
        if planned.id in stored and stored[planned.id]["size"] == len(planned.draft.content.encode())
    ]
    return dict(Note.objects.filter(pk__in=ids).values_list("pk", "content")) if ids else {}


def compare(draft: Draft, note: Stored, content: str | None) -> tuple[str, str]:
    """Return the status of a draft whose note exists, and why it is not imported."""
    if note["purged_at"] is not None:
        return "skipped", "purged"
    values = values_of(draft)
    is_same = content == draft.content and all(note[name] == values[name] for name in COMPARED)
    if is_same and (note["trashed_at"] is None) == (draft.trashed_at is None):
        return "unchanged", ""
    return "skipped", "trashed" if is_same and draft.trashed_at is None else "changed_since"
