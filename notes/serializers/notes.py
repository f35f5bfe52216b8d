"""A note as JSON, and JSON as the values of a note."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.models import Credential
from accounts.scopes import Scope
from notes.highlights import match
from notes.models import Note
from notes.models.page import NoteRow
from notes.search import Search
from notes.serializers.tags import TagsField
from notes.text import CONTENT_MAX_BYTES
from notes_api.fields import StrictBooleanField, StrictCharField
from notes_api.pagination import column
from notes_api.serializers import StrictSerializer


class NoteSerializer(StrictSerializer, serializers.ModelSerializer[Note]):
    """The whole note. On the way in, what is missing takes its default."""

    ignored = frozenset({"match", "trashed_at"})

    title = StrictCharField(max_length=255)
    content = StrictCharField(
        default="", allow_blank=True, max_bytes=CONTENT_MAX_BYTES, help_text="Up to 1,048,576 bytes of UTF-8."
    )
    tags = TagsField(default=list, help_text="Up to 50 names of 1 to 64 characters.")
    is_pinned = StrictBooleanField(default=False)
    is_archived = StrictBooleanField(default=False)
    version = serializers.IntegerField(read_only=True, help_text="Your account's clock at the note's last change.")
    owner_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = Note
        fields = [
            "id",
            "owner_id",
            "title",
            "content",
            "tags",
            "is_pinned",
            "is_archived",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "version", "created_at", "updated_at"]

    def to_representation(self, instance: "Note | NoteRow") -> dict[str, Any]:  # Any: whatever JSON holds
        return as_json(instance)


class TrashedNoteSerializer(NoteSerializer):
    class Meta(NoteSerializer.Meta):
        fields = [*NoteSerializer.Meta.fields, "trashed_at"]
        read_only_fields = fields


class MatchSerializer(serializers.Serializer[Any]):  # Any: no instance
    """Where the words are; ranges are pairs of positions in code points, the end not included."""

    title = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    snippet = serializers.CharField()
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class FoundNoteSerializer(NoteSerializer):
    """A note of a list; with `q` it says what matched."""

    # Not read-only, since the schema would promise it in every list.
    match = MatchSerializer(required=False)

    class Meta(NoteSerializer.Meta):
        fields = [*NoteSerializer.Meta.fields, "match"]


class NewNoteSerializer(NoteSerializer):
    """A note that the server names."""

    def to_internal_value(self, data: Any) -> Any:  # Any: whatever JSON holds
        if isinstance(data, dict) and "id" in data:
            message = "The server names new notes. To choose the id, PUT /notes/{id} with `If-None-Match: *`."
            raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "read_only")]})
        return super().to_internal_value(data)


class NotePatchSerializer(NoteSerializer):
    """A merge patch (RFC 7396): only what is given changes, and null gives a member its default again."""

    title = StrictCharField(max_length=255, required=False)
    content = StrictCharField(required=False, allow_null=True, allow_blank=True, max_bytes=CONTENT_MAX_BYTES)
    tags = TagsField(required=False, allow_null=True)
    is_pinned = StrictBooleanField(required=False, allow_null=True)
    is_archived = StrictBooleanField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
        return {name: column(Note, name).get_default() if value is None else value for name, value in attrs.items()}


class AppendSerializer(StrictSerializer):
    text = StrictCharField(allow_blank=True, max_bytes=CONTENT_MAX_BYTES, help_text="Added exactly, no separator.")


class EditSerializer(StrictSerializer):
    old = StrictCharField(max_bytes=CONTENT_MAX_BYTES, help_text="Must occur exactly once at its moment.")
    new = StrictCharField(allow_blank=True, max_bytes=CONTENT_MAX_BYTES)


class EditsSerializer(StrictSerializer):
    edits: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=EditSerializer(), allow_empty=False, max_length=100
    )  # Any: no instance


def own_id(note_id: UUID) -> UUID:
    """The id that a client chose for its note, if it may be one (RFC 9562)."""
    if note_id.version not in (4, 7):
        message = "An id of your own must be a UUID of version 4 or 7."
        raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "invalid")]})
    return note_id


def shown_to(credential: Credential) -> Callable[[Note], dict[str, Any]]:  # Any: as below
    """How to show a note to whom these credentials let in: whoever may only add is told no more than its version."""
    return as_json if Scope.READ in credential.granted else as_receipt


def as_receipt(note: Note) -> dict[str, Any]:  # Any: as below
    return {"id": note.pk, "version": note.version}


def shown_in(search: Search | None) -> Callable[[NoteRow], dict[str, Any]]:  # Any: as below
    """How to show a note of a list: one that was searched for with where it matches."""
    if search is None:
        return as_json
    return lambda note: {**as_json(note), "match": match(note.title, note.content, note.words, search)._asdict()}


def as_json(note: Note | NoteRow) -> dict[str, Any]:  # Any: whatever JSON holds
    """A note in whatever state, as its owner is shown it: the one definition of its JSON.

    The renderer writes ids and moments; serializing each field by itself takes longer than all the rest of a page.
    """
    if note.purged_at is not None:
        return {"id": note.id, "version": note.version, "deleted_at": note.purged_at}
    names, values_of = MEMBERS[note.trashed_at is not None]
    return dict(zip(names, values_of(note), strict=True))


MEMBERS = [(each.Meta.fields, attrgetter(*each.Meta.fields)) for each in (NoteSerializer, TrashedNoteSerializer)]
