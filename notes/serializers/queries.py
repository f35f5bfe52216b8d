"""The query parameters of the list of notes."""

from typing import Any

from rest_framework import serializers

from notes.search.query import MAX_ALTERNATIVES, MAX_EXCLUSIONS, MAX_TERMS, QueryTooLong, Search, parse
from notes.serializers.parts import LISTED_FIELDS
from notes_api.rest.fields import (
    BoundedListField,
    QueryBooleanField,
    QueryChoiceField,
    QueryFlagField,
    StrictDateTimeField,
)
from notes_api.rest.fields_param import FieldsParam
from notes_api.rest.pagination import PageQuery
from notes_api.rest.tag_fields import TagField
from notes_api.rest.tag_names import MAX_TAGS

ORDERINGS = ["-updated_at", "updated_at", "-created_at", "created_at", "title", "-title"]


class NoteListParams(PageQuery):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text='Search: `words "a phrase" -not or word*`, without regard to case and accents. '
        f"Up to {MAX_TERMS} words, {MAX_ALTERNATIVES} alternatives (`or`) and {MAX_EXCLUSIONS} exclusions.",
    )
    ordering = QueryChoiceField(
        ORDERINGS,
        required=False,
        help_text="Default: `-updated_at`, or the best match first with `q`. Titles are sorted by code point.",
    )
    tag = BoundedListField(
        child=TagField(), required=False, max_length=MAX_TAGS, help_text="Repeat it to require several tags."
    )
    is_pinned = QueryFlagField(default="any")
    is_archived = QueryFlagField(default="false")
    created_after = StrictDateTimeField(required=False, help_text="At this time or later.")
    created_before = StrictDateTimeField(required=False, help_text="Before this time.")
    updated_after = StrictDateTimeField(required=False, help_text="At this time or later.")
    updated_before = StrictDateTimeField(required=False, help_text="Before this time.")
    count = QueryBooleanField(default=False, help_text="Return the number of all matching notes as `total`.")

    fields = FieldsParam(LISTED_FIELDS)  # type: ignore[assignment]  # DRF's metaclass takes it away

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: each parameter has its own type
        if attrs.get("fields") == ("match",) and attrs.get("q") is None:
            message = "Only the results of a search have `match`: send `q`, or name other members."
            raise serializers.ValidationError({"fields": [serializers.ErrorDetail(message, "invalid")]})
        return attrs

    def validate_q(self, value: str) -> Search | None:
        """Return the parsed search; None if it is blank."""
        try:
            return parse(value) if value.strip() else None
        except QueryTooLong as error:
            raise serializers.ValidationError(str(error), "invalid") from None
