"""The parameters of a list of notes as QuerySet methods."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField

from accounts.models import User
from notes.models import Note
from notes.models.note import NoteQuerySet, State
from notes.models.page import Columns, Stretch, as_rows, rows_of
from notes.search import ANYWHERE, UNRANKED, Alternative, Conditions, Search
from notes_api.compiled import Parameter, Rows, compiled, planned_anew
from notes_api.pagination import Cursor, column, ordered

BY_RANK = ("-rank", "-updated_at", "id")
RANK = IntegerField()
# What is chosen here decides which SQL is built, as order and length do; whatever else a client sends is a value in it.
CHOICES = ("is_pinned", "is_archived")
MOMENTS = ("created_after", "created_before", "updated_after", "updated_before")
# How to look for what is searched: some of what is found, or all of it.
Part = Callable[[NoteQuerySet, Conditions], NoteQuerySet]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NoteList:
    """The notes of an owner that are in a state and match the parameters."""

    state: State
    owner: User
    query: Mapping[str, Any]  # Any: each has its own type

    @property
    def search(self) -> Search | None:
        return self.query.get("q")

    def count(self) -> int:
        notes = matching(self.state(Note.objects.owned_by(self.owner)), self.query)
        return (notes.search(self.search.conditions()) if self.search else notes).count()

    def stretches(self, names: tuple[str, ...], cursor: Cursor, count: int) -> Iterator[Stretch]:
        """In this order, from behind the cursor on, `count` notes at most."""
        if self.search is None:
            yield self.stretch(listed_anew if any(map(self.query.get, MOMENTS)) else listed, names, cursor, count)
        elif names == BY_RANK:
            yield from self.by_rank(self.search.conditions(), cursor, count)
        else:
            yield self.looked_for(NoteQuerySet.search, self.search.conditions(), names, cursor, count)

    def by_rank(self, conditions: Conditions, cursor: Cursor, count: int) -> Iterator[Stretch]:
        """What a search finds: those whose title fits; then the others, along the index, no further than a page."""
        is_among_others = cursor is not None and int(cursor[0]) == ANYWHERE
        if not is_among_others:
            yield self.looked_for(NoteQuerySet.titled, conditions, BY_RANK, cursor, count)
        behind = cursor[1:] if cursor and is_among_others else None
        yield self.looked_for(NoteQuerySet.untitled, conditions, BY_RANK[1:], behind, count)

    def looked_for(
        self, part: Part, conditions: Conditions, names: tuple[str, ...], cursor: Cursor, count: int
    ) -> Stretch:
        return self.stretch(found, names, cursor, count, part, conditions.alternatives, **conditions.values)

    def stretch(
        self, read: Callable[..., Rows], names: tuple[str, ...], cursor: Cursor, count: int, *shape: Any, **values: Any
    ) -> Stretch:  # Any: what `read` takes
        choices = tuple((name, self.query[name]) for name in CHOICES if name in self.query)
        keys = [key_of(name.lstrip("-"), key) for name, key in zip(names, cursor or (), strict=False)]
        values |= {name: self.query[name] for name in MOMENTS if name in self.query}
        values |= {f"tag_{number}": tag for number, tag in enumerate(self.query.get("tag", []))}
        values |= {f"key_{number}": key for number, key in enumerate(keys)}
        return lambda wanted: rows_of(
            read(self.state, names, choices, count, *shape, owner=self.owner.pk, **values)[:wanted]
        )


def listing(state: State, names: tuple[str, ...], choices: Choices, count: int, **values: Parameter) -> Columns:
    return as_rows(ordered(chosen(state, choices, values), names, keys_in(values)))[:count]


# Whether to follow the order or the index of the times depends on how many notes lie between them.
listed, listed_anew = compiled(listing), planned_anew(listing)


# Whether to follow the order or to sort depends on how many notes the account has.
@planned_anew
def found(
    state: State,
    names: tuple[str, ...],
    choices: Choices,
    count: int,
    part: Part,
    alternatives: tuple[Alternative, ...],
    **values: Parameter,
) -> Columns:
    conditions = Conditions(alternatives, values)
    notes = ordered(part(chosen(state, choices, values), conditions), names, keys_in(values))
    return as_rows(notes.best(count, UNRANKED if part is NoteQuerySet.untitled else conditions.rank()))


def chosen(state: State, choices: Choices, values: Mapping[str, Parameter]) -> NoteQuerySet:
    tags = [value for name, value in values.items() if name.startswith("tag_")]
    return matching(state(Note.objects.owned_by(values["owner"])), {**dict(choices), **values, "tag": tags})


def keys_in(values: Mapping[str, Parameter]) -> list[Parameter]:
    """Of the row behind which to read on."""
    return [value for name, value in values.items() if name.startswith("key_")]


def key_of(name: str, key: str) -> Any:  # Any: as its field has it
    return (RANK if name == "rank" else column(Note, name)).to_python(key)


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
