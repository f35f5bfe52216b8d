"""The parameters of the list of notes."""

from rest_framework import serializers

from notes.search import MOST_ALTERNATIVES, MOST_EXCLUSIONS, MOST_TERMS, Search, TooManyLooks, parse
from notes.serializers.tags import TagField
from notes.tags import MOST_TAGS
from notes_api.fields import StrictDateTimeField
from notes_api.pagination import PageQuery

ORDERINGS = ["-updated_at", "updated_at", "-created_at", "created_at", "title", "-title"]


class NoteListQuery(PageQuery):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text='Search: `words "a phrase" -not or word*`. Case and accents do not matter. '
        f"Up to {MOST_TERMS} words, {MOST_ALTERNATIVES} alternatives (`or`) and {MOST_EXCLUSIONS} exclusions.",
    )
    ordering = serializers.ChoiceField(
        ORDERINGS, required=False, help_text="`-updated_at`, and the best match first with `q`. Titles by code point."
    )
    tag = serializers.ListField(
        child=TagField(), required=False, max_length=MOST_TAGS, help_text="Repeat it: all of them."
    )
    is_pinned = serializers.ChoiceField(["true", "false", "any"], default="any")
    is_archived = serializers.ChoiceField(["true", "false", "any"], default="false")
    created_after = StrictDateTimeField(required=False, help_text="This moment or later.")
    created_before = StrictDateTimeField(required=False, help_text="Earlier than this moment.")
    updated_after = StrictDateTimeField(required=False, help_text="This moment or later.")
    updated_before = StrictDateTimeField(required=False, help_text="Earlier than this moment.")
    count = serializers.ChoiceField(["true", "false"], default="false", help_text="Count all that match, as `total`.")

    def validate_q(self, value: str) -> Search | None:
        """A blank `q` is no `q`."""
        try:
            return parse(value) if value.strip() else None
        except TooManyLooks as error:
            raise serializers.ValidationError(str(error), "invalid") from None
