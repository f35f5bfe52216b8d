from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from notes.lists.page import NoteRow
from notes.models import Note
from notes.models.lost_tags import Departure
from notes.serializers.authors import AuthorField
from notes.serializers.notes import NoteSerializer, TrashedNoteSerializer, note_json
from notes.serializers.parts import TRASHED_FIELDS, Fields, render_part, whole_or_part
from notes_api.rest.fields import QueryIntegerField
from notes_api.rest.fields_param import FieldsParam
from notes_api.rest.json_types import JSONObject
from notes_api.rest.query_params import QueryParams


class ChangesParams(QueryParams):
    since = serializers.CharField(
        required=False,
        max_length=1024,
        help_text="`next` of the last response. `now` returns only a cursor. Omit it to fetch all notes.",
    )
    limit = QueryIntegerField(min_value=1, max_value=500, default=100)
    fields = FieldsParam(TRASHED_FIELDS)  # type: ignore[assignment]  # DRF's metaclass takes it away


class UpsertChangeSerializer(serializers.Serializer[Note]):
    """The note is new, changed or restored."""

    op = serializers.ChoiceField(["upsert"])
    note = whole_or_part("NoteOrPart", NoteSerializer)


class TrashChangeSerializer(serializers.Serializer[Note]):
    """The note is in the trash."""

    op = serializers.ChoiceField(["trash"])
    note = whole_or_part("TrashedNoteOrPart", TrashedNoteSerializer)


class DeleteChangeSerializer(serializers.Serializer[Note]):
    """The note was deleted permanently, or no longer has a tag that the token is limited to."""

    op = serializers.ChoiceField(["delete"])
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    deleted_at = serializers.DateTimeField()
    changed_by = AuthorField("What deleted it; null if it was the server.")


CHANGES = {"upsert": UpsertChangeSerializer, "trash": TrashChangeSerializer, "delete": DeleteChangeSerializer}


class ChangesSerializer(serializers.Serializer[Any]):  # Any: no instance
    changes = serializers.ListField(child=PolymorphicProxySerializer("Change", dict(CHANGES), "op"))
    next = serializers.CharField(help_text="Send it as `since` in the next request.")
    next_cursor = serializers.CharField(help_text="The same as `next`.")
    has_more = serializers.BooleanField(help_text="Whether there are more changes: repeat the request immediately.")


def change_json(note: NoteRow) -> JSONObject:
    """Return the latest change of a note as JSON."""
    if note.departure is not None:
        return departure_json(note.id, note.departure)
    if note.purged_at is not None:
        return {"op": "delete", **note_json(note)}
    return {"op": "upsert" if note.trashed_at is None else "trash", "note": note_json(note)}


def departure_json(note_id: UUID, departure: Departure) -> JSONObject:
    """Return the change of a note that a credential no longer knows: only when it left, and not what followed."""
    members = {"version": departure.version, "deleted_at": departure.moment, "changed_by": None}
    return {"op": "delete", "id": note_id, **members}


def change_renderer(fields: Fields) -> Callable[[NoteRow], JSONObject]:
    """Return the function that serializes changes with these members of their notes; without fields, all of them.

    A deletion always has its id, version and time.
    """
    if fields is None:
        return change_json

    def render(note: NoteRow) -> JSONObject:
        if note.purged_at is not None or note.departure is not None:
            return change_json(note)
        return {"op": "upsert" if note.trashed_at is None else "trash", "note": render_part(note, fields)}

    return render
