from typing import Any

from rest_framework import serializers

from notes_api.rest.fields import StrictCharField, StrictDateTimeField
from notes_api.rest.serializers import StrictSerializer

REASONS = ["changed_by_others", "not_kept", "purged", "quota_exceeded"]


class UndoSerializer(StrictSerializer):
    since = StrictDateTimeField(help_text="Undo what was changed at this time or later.")
    cursor = StrictCharField(
        default=None, allow_null=True, max_length=256, help_text="`next_cursor` of the last response with this `since`."
    )


class UndoneNoteSerializer(serializers.Serializer[Any]):  # Any: only for the documentation
    id = serializers.UUIDField()


class SkippedNoteSerializer(UndoneNoteSerializer):
    """A note that stays as it is: others have changed it since, or its earlier state is not stored."""

    reason = serializers.ChoiceField(REASONS)


class UndoneSerializer(serializers.Serializer[Any]):  # Any: as above
    undone = UndoneNoteSerializer(many=True)
    skipped = SkippedNoteSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Send it as `cursor`; null at the end.")
