"""Pages of notes, which end early where the notes are long; and pages of tags."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from notes.filters import NoteList
from notes.models.page import NoteRow, take
from notes.models.tagged import tag_counts
from notes_api.pagination import Cursor, KeysetPagination, directed


class NotePagination(KeysetPagination):
    def take(self, queryset: Any, cursor: Cursor, limit: int) -> tuple[list[Any], bool]:  # Any: the base has any model
        """`queryset` is a `NoteList`."""
        notes: NoteList = queryset
        return take(limit, *notes.stretches(directed(self.ordering), cursor, limit + 1))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:  # Any: OpenAPI
        page = super().get_paginated_response_schema(schema)
        page["properties"]["total"] = {"type": "integer", "description": "How many there are, with `count=true`."}
        return page


def page_of(view: GenericAPIView[Any], notes: NoteList) -> list[NoteRow]:  # Any: the base has any model
    """What the request asks for of the list."""
    return view.paginate_queryset(notes) or []  # type: ignore[arg-type]  # the paginator above takes just this


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
