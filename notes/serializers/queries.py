"""The parameters of the list of notes."""

from rest_framework import serializers

from notes_api.pagination import PageQuery

ORDERINGS = ["-updated_at", "updated_at", "-created_at", "created_at", "title", "-title"]


class NoteListQuery(PageQuery):
    ordering = serializers.ChoiceField(ORDERINGS, default="-updated_at", help_text="Titles sort by code point.")
    is_pinned = serializers.ChoiceField(["true", "false", "any"], default="any")
    is_archived = serializers.ChoiceField(["true", "false", "any"], default="false")
