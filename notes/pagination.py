"""Pages of notes, which end early where the notes are long; and pages of tags."""

from collections.abc import Iterator
from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from notes.filters import BY_RANK, NoteList
from notes.models.note import NoteQuerySet
from notes.models.page import NoteRow, stretch, take
from notes.models.tagged import tag_counts
from notes.search import ANYWHERE, Search
from notes_api.pagination import Cursor, KeysetPagination, directed, ordered


class NotePagination(KeysetPagination):
    def take(self, queryset: Any, cursor: Cursor, limit: int) -> tuple[list[Any], bool]:  # Any: the base has any model
        """`queryset` is a `NoteList`."""
        notes: NoteList = queryset
        names, search = directed(self.ordering), notes.search
        if search is None:
            return take(limit, notes.stretch(names, cursor))
        found = notes.notes()
        if names == BY_RANK:
            return take(limit, *map(stretch, by_rank(found, search, cursor, limit + 1)))
        return take(limit, stretch(ordered(found.search(search), names, cursor).best(limit + 1, search)))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:  # Any: OpenAPI
        page = super().get_paginated_response_schema(schema)
        page["properties"]["total"] = {"type": "integer", "description": "How many there are, with `count=true`."}
        return page


def page_of(view: GenericAPIView[Any], notes: NoteList) -> list[NoteRow]:  # Any: the base has any model
    """What the request asks for of the list."""
    return view.paginate_queryset(notes) or []  # type: ignore[arg-type]  # the paginator above takes just this


def by_rank(notes: NoteQuerySet, search: Search, cursor: Cursor, count: int) -> Iterator[NoteQuerySet]:
    """What a search finds: those whose title fits; then the others, along the index, no further than the page goes."""
    is_among_others = cursor is not None and int(cursor[0]) == ANYWHERE
    if not is_among_others:
        yield ordered(notes.titled(search), BY_RANK, cursor).best(count, search)
    others = ordered(notes.untitled(search), BY_RANK[1:], cursor[1:] if cursor and is_among_others else None)
    yield others.best(count, search, is_titled=False)


class TagPagination(KeysetPagination):
    """The tags of an account, by name."""

    ordering = "name"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # Any: DRF's types
        """`queryset` is the id of the account: its tags are counted, not rows of their own."""
        self.request, limit = request, view.query["limit"]
        cursor = view.query.get("cursor")
        tags = tag_counts(queryset, self.decode(cursor)[0] if cursor else None, limit + 1)
        self.next = self.link([tags[limit - 1][0]]) if len(tags) > limit else None
        return [{"name": name, "count": count} for name, count in tags[:limit]]
