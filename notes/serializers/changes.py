from typing import Any

from rest_framework import serializers

from notes.models import Note
from notes.models.page import NoteRow
from notes.serializers.notes import TrashedNoteSerializer, as_json
from notes_api.queries import Query


class ChangesQuery(Query):
    since = serializers.CharField(
        required=False, max_length=1024, help_text="`next` of the last answer; `now`: only a cursor; none: everything."
    )
    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)


class ChangedNoteSerializer(TrashedNoteSerializer):
    """A note; `trashed_at` is there while it is in the trash."""

    trashed_at = serializers.DateTimeField(required=False)


class ChangeSerializer(serializers.Serializer[Note]):
    """`upsert` and `trash` carry the note, `delete` what is left of it."""

    op = serializers.ChoiceField(["upsert", "trash", "delete"])
    note = ChangedNoteSerializer(required=False)
    id = serializers.UUIDField(required=False)
    version = serializers.IntegerField(required=False)
    deleted_at = serializers.DateTimeField(required=False)


class ChangesSerializer(serializers.Serializer[Any]):  # Any: no instance
    changes = ChangeSerializer(many=True)
    next = serializers.CharField(help_text="Send it as `since` the next time.")
    has_more = serializers.BooleanField(help_text="Ask again at once.")


def change_json(note: NoteRow) -> dict[str, Any]:  # Any: whatever JSON holds
    """The latest change of a note, as the feed sends it."""
    if note.purged_at is not None:
        return {"op": "delete", **as_json(note)}
    return {"op": "upsert" if note.trashed_at is None else "trash", "note": as_json(note)}
