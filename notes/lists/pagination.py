"""Pages of notes, which end early if the notes are long, and pages of tags."""

from uuid import UUID

from rest_framework.request import Request

from notes.lists.note_list import NoteList
from notes.lists.page import Renderer, fetch_page
from notes.models import TagCount
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.pagination import KeysetPagination

TOTAL = {
    "type": "integer",
    "nullable": True,
    "description": "The number of all matches, with `count=true`; null if counting them would take too long.",
}


class NotePagination(KeysetPagination):
    def paginate_notes(self, notes: NoteList, request: Request, cursor: str | None, render: Renderer) -> list[JSON]:
        """Return the page of the list that begins at the cursor, as JSON."""
        notes = notes.after(self.begin(request, notes.ordering, cursor))
        end = notes.find_end()
        results, rows, has_more = fetch_page(notes.limit, notes.segments(end), render)
        self.end(rows, notes.order_fields, has_more=has_more, read_until=end)
        return results

    def get_paginated_response_schema(self, schema: JSONObject) -> JSONObject:
        page = super().get_paginated_response_schema(schema)
        # For an example, drf-spectacular passes a placeholder. The examples are lists without `count=true`.
        if isinstance(schema, dict):
            page["properties"]["total"] = TOTAL
        return page


class TagPagination(KeysetPagination):
    def paginate_tags(self, owner_id: UUID, request: Request, cursor: str | None, limit: int) -> list[JSONObject]:
        """Return the page of the account's tags, by name, that begins at the cursor."""
        keys = self.begin(request, "name", cursor)
        tags = list(TagCount.objects.of_owner(owner_id).named_after(keys[0] if keys else None)[: limit + 1])
        page = self.end(tags[:limit], ["name"], has_more=len(tags) > limit)
        return [{"name": tag.name, "count": tag.notes} for tag in page]
