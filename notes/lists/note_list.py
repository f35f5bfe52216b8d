"""What a list of notes asks for, and the queries that read it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from notes.lists.page import TEXTS, NoteTuples, Segment, needed_texts, parse_rows, select_columns
from notes.models import Note, TagCount
from notes.models.note_queryset import Moment, NoteQuerySet, RequiredTags, StateFilter
from notes.models.visibility import Limit, Visibility
from notes.search.conditions import ANYWHERE, PHRASE_IN_TITLE, WORDS_IN_TITLE, Alternative, Conditions
from notes.search.query import Search
from notes_api.db.compiled import Parameter, column, compiled
from notes_api.rest.pagination import Ordering, PageKeys, filter_until, order_fields, rows_after, text_of

# Keeps all matches of a search, or a part of them.
Match = Callable[[NoteQuerySet, Conditions], NoteQuerySet]

# The notes of each rank, best first.
MATCHES: dict[int, Match] = {
    PHRASE_IN_TITLE: NoteQuerySet.with_phrase_in_title,
    WORDS_IN_TITLE: NoteQuerySet.with_words_in_title,
    ANYWHERE: NoteQuerySet.matching_elsewhere,
}
RANK_ORDERING = ("-rank", "-updated_at", "id")
FLAGS = {"true": True, "false": False, "any": None}
TIMES = ("created_after", "created_before", "updated_after", "updated_before")

Query = Mapping[str, Any]  # Any: each parameter has its own type
Parameters = tuple[Parameter, ...]


@dataclass(frozen=True)
class NoteFilters:
    """What narrows a list down. In a compiled query, parameters take the place of tags and times."""

    is_pinned: bool | None = None
    is_archived: bool | None = None
    tags: RequiredTags | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
    updated_after: Moment | None = None
    updated_before: Moment | None = None

    @classmethod
    def of(cls, query: Query) -> Self:
        is_pinned, is_archived = (FLAGS[query.get(name, "any")] for name in ("is_pinned", "is_archived"))
        tags = RequiredTags.of(query["tag"]) if query.get("tag") else None
        return cls(is_pinned, is_archived, tags, **{name: query.get(name) for name in TIMES})

    @property
    def times(self) -> dict[str, Moment]:
        """The times that are given, by name."""
        return {name: moment for name in TIMES if (moment := getattr(self, name)) is not None}

    def apply(self, notes: NoteQuerySet) -> NoteQuerySet:
        if self.is_pinned is not None:
            notes = notes.pinned(self.is_pinned)
        if self.is_archived is not None:
            notes = notes.archived(self.is_archived)
        if self.tags is not None:
            notes = notes.tagged_with_all(self.tags)
        return notes.created_between(self.created_after, self.created_before).updated_between(
            self.updated_after, self.updated_before
        )


class Shape(NamedTuple):
    """What decides the SQL of a list, besides how many values there are. The values are passed by each run."""

    state: StateFilter
    is_pinned: bool | None
    is_archived: bool | None
    order_fields: tuple[str, ...]
    limit: int
    texts: frozenset[str]
    # Of a search. Without a rank, the matches of all ranks.
    rank: int | None = None
    alternatives: tuple[Alternative, ...] = ()
    # See `Conditions`.
    are_last: bool = False


@dataclass(frozen=True)
class NoteList:
    """One page of the visible notes that are in a state and match filters and a search, in an order.

    The page begins after the row with these `keys`.
    """

    state: StateFilter
    visibility: Visibility
    filters: NoteFilters
    search: Search | None
    ordering: Ordering
    limit: int
    texts: frozenset[str] = TEXTS
    keys: PageKeys = None

    @classmethod
    def of(cls, state: StateFilter, visibility: Visibility, query: Query, ordering: Ordering | None = None) -> Self:
        """Read the query parameters of an operation.

        Without an `ordering` they decide the order. The default is the best match first in a search, else the last
        change first.
        """
        search = query.get("q")
        ordering = ordering or query.get("ordering") or (RANK_ORDERING if search else "-updated_at")
        texts = needed_texts(query.get("fields"), *(name.lstrip("-") for name in order_fields(ordering)))
        return cls(state, visibility, NoteFilters.of(query), search, ordering, query["limit"], texts)

    @property
    def order_fields(self) -> tuple[str, ...]:
        return order_fields(self.ordering)

    def after(self, keys: PageKeys) -> Self:
        return replace(self, keys=keys)

    def count(self) -> int | None:
        """Count the notes on all pages; None if the search may not read all notes in one request."""
        if self.after(None).find_end():
            return None
        notes = self.filters.apply(self.state(Note.objects.visible_to(**self.visibility.values)))
        return (notes.search(self.search.conditions(self.visibility.tags)) if self.search else notes).count()

    def max_notes(self) -> int | None:
        """How many notes the search may read for this page; None if all.

        For a limited credential the database reads past other notes, a second time to find where the page ends. That is
        not needed if the counts of its tags are low. Otherwise it reads half as many notes.
        """
        most = self.search.max_notes() if self.search else None
        owner_id, tags = self.visibility
        if most is None or not tags:
            return most
        return None if TagCount.objects.of_owner(owner_id).total_of(tags) <= most else most // 2

    def find_end(self) -> PageKeys:
        """Return the keys of the last note that the search may read for this page; None if it may read all."""
        max_notes = self.max_notes()
        if max_notes is None:
            return None
        if self.ordering == RANK_ORDERING:
            end = self.key_at(max_notes, RANK_ORDERING[1:], self.keys_of_rank(ANYWHERE))
            return end and [str(ANYWHERE), *end]
        return self.key_at(max_notes, self.order_fields, self.keys)

    def key_at(self, position: int, fields: tuple[str, ...], keys: PageKeys) -> PageKeys:
        """Return the keys of the note at this position after the keys; None if no other follows it."""
        rows = read_keys(self.state, fields, position, **self.visibility.values, keys=parse_keys(fields, keys))
        return list(map(text_of, rows[0])) if len(rows) > 1 else None

    def segments(self, end: PageKeys) -> Iterator[Segment]:
        """The queries that read the page, in order. Each reads at most one note more than the page holds.

        Except for titles, a search reads only up to the note with the keys `end`.
        """
        if self.search is None:
            yield self.build_segment()
            return
        conditions = self.search.conditions(self.visibility.tags)
        if self.ordering != RANK_ORDERING:
            yield self.build_search_segment(None, conditions, self.keys, end)
            return
        for rank in MATCHES:
            is_later = self.keys is None or rank <= int(self.keys[0])
            if is_later and (rank != WORDS_IN_TITLE or conditions.has_phrases()):
                until = end[1:] if end and rank == ANYWHERE else None
                yield self.build_search_segment(rank, conditions, self.keys_of_rank(rank), until)

    def keys_of_rank(self, rank: int) -> PageKeys:
        """Return the keys after which the page begins among the notes of this rank; None for the first of them."""
        return self.keys[1:] if self.keys and int(self.keys[0]) == rank else None

    def build_segment(self) -> Segment:
        read = read_notes_by_time if self.filters.times else read_notes
        shape, values = self.shape_for(self.order_fields), self.values_for(self.order_fields, self.keys)
        return lambda count: parse_rows(read(shape, **values)[:count])

    def build_search_segment(self, rank: int | None, conditions: Conditions, keys: PageKeys, end: PageKeys) -> Segment:
        fields = RANK_ORDERING[1:] if rank else self.order_fields
        shape = self.shape_for(fields)._replace(rank=rank, alternatives=conditions.alternatives)
        shape = shape._replace(are_last=conditions.are_last)
        values = self.values_for(fields, keys) | {"terms": conditions.values, "end": parse_keys(fields, end)}
        return lambda count: parse_rows(read_matches(shape, **values)[:count])

    def shape_for(self, fields: tuple[str, ...]) -> Shape:
        return Shape(self.state, self.filters.is_pinned, self.filters.is_archived, fields, self.limit + 1, self.texts)

    def values_for(self, fields: tuple[str, ...], keys: PageKeys) -> dict[str, Any]:  # Any: each has its own type
        """Return the values of the query by the names of its parameters."""
        tags = tuple(self.filters.tags or ())
        return {**self.visibility.values, "tags": tags, "keys": parse_keys(fields, keys), **self.filters.times}


def select_notes(
    shape: Shape, *, owner: Parameter, tags: Parameters, keys: Parameters, limit: Limit = (), **times: Parameter
) -> NoteTuples:
    notes = filter_notes(shape, Note.objects.visible_to(owner, limit), tags, times)
    return select_columns(rows_after(notes, shape.order_fields, keys), shape.texts)[: shape.limit]


# The times decide whether it is better to follow the order of the list or the index of the times.
read_notes, read_notes_by_time = compiled(select_notes), compiled(custom_plan=True)(select_notes)


# The size of the account decides whether it is better to follow the order of the list or to sort.
@compiled(custom_plan=True)
def read_matches(
    shape: Shape,
    *,
    owner: Parameter,
    tags: Parameters,
    keys: Parameters,
    terms: Parameters,
    end: Parameters,
    limit: Limit = (),
    **times: Parameter,
) -> NoteTuples:
    conditions = Conditions(shape.alternatives, terms, shape.are_last)
    match = NoteQuerySet.search if shape.rank is None else MATCHES[shape.rank]
    matches = match(filter_notes(shape, Note.objects.visible_to(owner, limit), tags, times), conditions)
    if shape.rank in (PHRASE_IN_TITLE, WORDS_IN_TITLE):
        # The index has no tags, so only `matches` are limited.
        matches = shape.state(Note.objects.ever_visible_to(owner)).among_titled(conditions, matches)
    if end:
        matches = filter_until(matches, shape.order_fields, end)
    first = rows_after(matches, shape.order_fields, keys).first_matches(shape.limit, shape.rank or ANYWHERE)
    return select_columns(first, shape.texts)


@compiled(custom_plan=True)
def read_keys(
    state: StateFilter, fields: tuple[str, ...], position: int, *, owner: Parameter, keys: Parameters, limit: Limit = ()
) -> NoteTuples:
    # A cursor may contain these keys, so they must be those of a visible note.
    notes = rows_after(state(Note.objects.ever_visible_to(owner, limit)), fields, keys)
    return notes.values_list(*(name.lstrip("-") for name in fields))[position - 1 : position + 1]


def filter_notes(shape: Shape, notes: NoteQuerySet, tags: Parameters, times: Mapping[str, Parameter]) -> NoteQuerySet:
    filters = NoteFilters(shape.is_pinned, shape.is_archived, RequiredTags(*tags) if tags else None, **times)
    return filters.apply(shape.state(notes))


def parse_keys(fields: tuple[str, ...], keys: PageKeys) -> tuple[Any, ...]:  # Any: as the fields have them
    names = (name.lstrip("-") for name in fields)
    return tuple(column(Note, name).to_python(key) for name, key in zip(names, keys or (), strict=False))
