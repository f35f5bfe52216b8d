"""Undoing what one credential has changed in a note.

A state is stored as a revision whenever a program begins to change a note after another author, or another author after
a program (`is_turn`). So the states of a note, its revisions and the present one, show every turn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.utils import timezone

from notes.exceptions import CannotUndo
from notes.models.revision import Revision
from notes.models.revision_policy import TEXT_FIELDS

# Others have changed the note since; the state before the changes is not stored.
CHANGED_BY_OTHERS, NOT_KEPT = "changed_by_others", "not_kept"
RESTORED = (*sorted(TEXT_FIELDS), "is_pinned", "is_archived")

State = Mapping[str, Any]  # Any: each column has its own type


class UndoableNote(Protocol):
    """What undoing reads of a note. Importing the model itself would close a cycle of imports."""

    pk: UUID
    version: int
    content: str
    written_by: UUID | None
    changed_by: str | None
    changed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    imported_at: datetime | None
    revised_at: datetime | None
    trashed_at: datetime | None

    @property
    def text(self) -> dict[str, Any]: ...  # Any: each field has its own type


def values_before(note: UndoableNote, author_prefix: str, since: datetime) -> dict[str, Any]:  # Any: as above
    """Return what differs from the state before the changes that this author has made since then.

    Nothing differs if the note has been put back already. Raises `CannotUndo`.
    """
    states = states_of(note)
    first = next((at for at, state in enumerate(states) if is_change(state, author_prefix, since)), None)
    if first is None:
        return {}
    values = values_of(note, states, first, since)
    differing = {name: value for name, value in values.items() if getattr(note, name) != value}
    if values and not differing:
        return {}
    if any(not was_changed_by(state, author_prefix) for state in states[first:]):
        raise CannotUndo(CHANGED_BY_OTHERS)
    if not values:
        raise CannotUndo(NOT_KEPT)
    return differing


def states_of(note: UndoableNote) -> list[State]:
    """Return all states of the note that are known, oldest first, without their contents.

    The earlier texts that were imported with it are none: it was not here then. They have no `changed_at`.
    """
    columns = ("version", "changed_by", "changed_at", "written_by", "written_at", "kept_at", "is_pinned")
    present = {"version": note.version, "changed_by": note.changed_by, "changed_at": note.changed_at,
               "written_by": note.written_by, "written_at": note.updated_at}  # fmt: skip
    states = Revision.objects.of(note).order_by("version").values(*columns)
    return [*(state for state in states if note.imported_at is None or state["changed_at"] is not None), present]


def was_changed_by(state: State, author_prefix: str) -> bool:
    return state["changed_by"] is not None and state["changed_by"].startswith(author_prefix)


def is_change(state: State, author_prefix: str, since: datetime) -> bool:
    return was_changed_by(state, author_prefix) and state["changed_at"] is not None and state["changed_at"] >= since


def values_of(
    note: UndoableNote, states: Sequence[State], first: int, since: datetime
) -> dict[str, Any]:  # Any: as above
    """Return the values of the note before the state `first`; none if they are not known.

    The state that was replaced after `since` is the one that the note had at that time.
    """
    if first == 0:
        is_created = (note.imported_at or note.created_at) >= since and was_created_as(states[0], note)
        return {"trashed_at": note.trashed_at or timezone.now()} if is_created else {}
    before = states[first - 1]
    if before["kept_at"] < since or before["is_pinned"] is None:
        return {}
    revision = Revision.objects.of(note).get(version=before["version"])
    was_trashed = revision.trashed_at is not None
    # A time of its own, so that the note is not purged at once.
    trashed_at = (note.trashed_at or timezone.now()) if was_trashed else None
    return {**{name: getattr(revision, name) for name in RESTORED}, "trashed_at": trashed_at}


def was_created_as(state: State, note: UndoableNote) -> bool:
    """Whether the note was created with the text of this state, and by its author."""
    if str(state["written_by"]) != orjson.loads(state["changed_by"])["id"]:
        return False
    # The text of an imported note is older than the import, and any that replaces it is newer.
    written_at: datetime = state["written_at"]
    return written_at == note.created_at if note.imported_at is None else written_at <= note.imported_at
