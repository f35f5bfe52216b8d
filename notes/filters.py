"""The parameters of a list of notes as QuerySet methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from notes.models import Note
from notes.models.note import NoteQuerySet, State
from notes.models.page import Columns, Stretch, as_rows, rows_of
from notes.search import Search
from notes_api.compiled import Parameter, compiled
from notes_api.pagination import Cursor, column, ordered

BY_RANK = ("-rank", "-updated_at", "id")
# These decide which SQL is built; whatever else a client sends is a value in it.
CHOICES = ("is_pinned", "is_archived")
MOMENTS = ("created_after", "created_before", "updated_after", "updated_before")


@dataclass(frozen=True)
class NoteList:
    """The notes of an owner that are in a state and match the parameters."""

    state: State
    owner: User
    query: Mapping[str, Any]  # Any: each has its own type

    @property
    def search(self) -> Search | None:
        return self.query.get("q")

    def notes(self) -> NoteQuerySet:
        """All but `q`, which its pages look for."""
        return matching(self.state(Note.objects.owned_by(self.owner)), self.query)

    def count(self) -> int:
        notes = self.notes()
        return (notes.search(self.search) if self.search else notes).count()

    def stretch(self, names: tuple[str, ...], cursor: Cursor) -> Stretch:
        """In this order, from behind the cursor on, without a search."""
        choices = tuple((name, self.query[name]) for name in CHOICES if name in self.query)
        keys = [column(Note, name.lstrip("-")).to_python(key) for name, key in zip(names, cursor or (), strict=False)]
        values = {name: self.query[name] for name in MOMENTS if name in self.query}
        values |= {f"tag_{number}": tag for number, tag in enumerate(self.query.get("tag", []))}
        values |= {f"key_{number}": key for number, key in enumerate(keys)}
        return lambda count: rows_of(listed(self.state, names, choices, count, owner=self.owner.pk, **values))


@compiled
def listed(
    state: State, names: tuple[str, ...], choices: tuple[tuple[str, str], ...], count: int, **values: Parameter
) -> Columns:
    tags = [value for name, value in values.items() if name.startswith("tag_")]
    keys = [value for name, value in values.items() if name.startswith("key_")]
    notes = matching(state(Note.objects.owned_by(values["owner"])), {**dict(choices), **values, "tag": tags})
    return as_rows(ordered(notes, names, keys))[:count]


def matching(queryset: NoteQuerySet, query: Mapping[str, Any]) -> NoteQuerySet:  # Any: as above
    """Narrowed down by all but `q`."""
    if query.get("is_pinned", "any") != "any":
        queryset = queryset.pinned(query["is_pinned"] == "true")
    if query.get("is_archived", "any") != "any":
        queryset = queryset.archived(query["is_archived"] == "true")
    return (
        queryset.tagged_with_all(query.get("tag", []))
        .created_between(query.get("created_after"), query.get("created_before"))
        .updated_between(query.get("updated_after"), query.get("updated_before"))
    )


def ordering_of(query: Mapping[str, Any]) -> str | tuple[str, ...]:  # Any: as above
    """What is asked for, else the best match first where something is searched, else the last changed first."""
    if given := query.get("ordering"):
        return str(given)
    return BY_RANK if query.get("q") else "-updated_at"
