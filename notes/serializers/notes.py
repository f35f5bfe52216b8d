"""A note as JSON, and JSON as the values of a note."""

from typing import Any

from rest_framework import serializers

from notes.models import Note
from notes_api.fields import StrictBooleanField, StrictCharField
from notes_api.pagination import column
from notes_api.serializers import StrictSerializer

CONTENT_MAX_BYTES = 1_048_576


class NoteSerializer(StrictSerializer, serializers.ModelSerializer[Note]):
    """The whole note. On the way in, what is missing takes its default."""

    title = StrictCharField(max_length=255)
    content = StrictCharField(
        default="", allow_blank=True, max_bytes=CONTENT_MAX_BYTES, help_text="Up to 1,048,576 bytes of UTF-8."
    )
    is_pinned = StrictBooleanField(default=False)
    is_archived = StrictBooleanField(default=False)
    version = serializers.IntegerField(read_only=True, help_text="Your account's clock at the note's last change.")
    owner_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = Note
        fields = ["id", "owner_id", "title", "content", "is_pinned", "is_archived", "version", "created_at",
                  "updated_at"]  # fmt: skip
        read_only_fields = ["id", "version", "created_at", "updated_at"]


class NewNoteSerializer(NoteSerializer):
    """A note that the server names."""

    def to_internal_value(self, data: Any) -> Any:  # Any: whatever JSON holds
        if isinstance(data, dict) and "id" in data:
            message = "The server names new notes. To choose the id, PUT /notes/{id} with `If-None-Match: *`."
            raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "read_only")]})
        return super().to_internal_value(data)


class OwnIdSerializer(NoteSerializer):
    """A note that the client names: `context["id"]` is the id from the path."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
        if self.context["id"].version not in (4, 7):
            message = "An id of your own must be a UUID of version 4 or 7 (RFC 9562)."
            raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "invalid")]})
        return attrs


class NotePatchSerializer(NoteSerializer):
    """A merge patch (RFC 7396): only what is given changes, and null gives a member its default again."""

    content = StrictCharField(required=False, allow_null=True, allow_blank=True, max_bytes=CONTENT_MAX_BYTES)
    is_pinned = StrictBooleanField(required=False, allow_null=True)
    is_archived = StrictBooleanField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
        return {name: column(Note, name).get_default() if value is None else value for name, value in attrs.items()}
