"""Pages of notes, which end early if the notes are long, and pages of tags."""

from rest_framework.request import Request

from notes.lists.note_list import NoteList
from notes.lists.page import Renderer, fetch_page
from notes.models import Note, TagCount
from notes.models.tag_count import count_all
from notes.models.visibility import Visibility
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.pagination import KeysetPagination

# Reading the tags of 10,000 notes takes up to a tenth of a second.
MAX_COUNTED_NOTES = 10_000
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
    def paginate_tags(
        self, visibility: Visibility, request: Request, cursor: str | None, limit: int
    ) -> list[JSONObject]:
        """Return the page of the tags of the visible notes, by name, that begins at the cursor."""
        keys = self.begin(request, "name", cursor)
        tags = tags_after(visibility, keys[0] if keys else None, limit + 1)
        page = self.end(tags[:limit], ["name"], has_more=len(tags) > limit)
        return [{"name": tag.name, "count": tag.notes} for tag in page]


def tags_after(visibility: Visibility, name: str | None, most: int) -> list[TagCount]:
    """Return up to `most` tags of the visible notes that follow `name`, each with the number of notes that have it.

    Only the tags of all notes are counted ahead (`notes.models.tag_count`). A limited credential has fewer notes, and
    reads their tags: those of the MAX_COUNTED_NOTES that changed last.
    """
    if not visibility.tags:
        return list(TagCount.objects.of_owner(visibility.owner_id).named_after(name)[:most])
    notes = Note.objects.visible_to(**visibility.values).active().order_by("-updated_at", "id")
    counts = sorted(count_all(notes[:MAX_COUNTED_NOTES]).items())
    return [TagCount(name=tag, notes=count) for tag, count in counts if name is None or tag > name][:most]
