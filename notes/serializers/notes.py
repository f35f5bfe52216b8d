"""Serializers of notes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.fields import empty

from accounts.models import Credential
from accounts.scopes import Scope
from notes.lists.page import NoteRow
from notes.models import Note
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.search.highlights import Budget, highlight
from notes.search.query import Search
from notes.serializers.authors import AuthorField, render_author
from notes_api.db.compiled import column
from notes_api.rest.fields import BoundedListField, StrictBooleanField, StrictCharField
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.serializers import StrictSerializer
from notes_api.rest.tag_fields import TagsField

MAX_EDITS = 100


class NoteSerializer(StrictSerializer, serializers.ModelSerializer[Note]):
    """A note. Requests may omit members that have a default."""

    ignored = frozenset({"match", "trashed_at"})

    title = StrictCharField(max_length=255)
    content = StrictCharField(
        default="", allow_blank=True, max_bytes=CONTENT_MAX_BYTES, help_text="Up to 1,048,576 bytes of UTF-8."
    )
    tags = TagsField(default=list, help_text="Up to 50 names of 1 to 64 characters.")
    is_pinned = StrictBooleanField(default=False)
    is_archived = StrictBooleanField(default=False)
    version = serializers.IntegerField(
        read_only=True, help_text="The value of your account's clock at the note's last change."
    )
    owner_id = serializers.UUIDField(read_only=True)
    changed_by = AuthorField("What made the last change; null if it was the server or an earlier release.")

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
            "changed_by",
        ]
        read_only_fields = ["id", "version", "created_at", "updated_at"]

    def to_representation(self, instance: "Note | NoteRow") -> JSONObject:
        return note_json(instance)


class TrashedNoteSerializer(NoteSerializer):
    """A note in the trash."""

    trashed_at = serializers.DateTimeField(read_only=True)

    class Meta(NoteSerializer.Meta):
        fields = [*NoteSerializer.Meta.fields, "trashed_at"]
        read_only_fields = fields


class MatchSerializer(serializers.Serializer[Any]):  # Any: no instance
    """Where the words of the search are. A range is a pair of positions in code points, the end excluded."""

    title = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    snippet = serializers.CharField()
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class FoundNoteSerializer(NoteSerializer):
    """A note of a list. With `q`, `match` says what matched."""

    # It is only in the results of a search. As a read-only member, the schema would promise it in every list.
    match = MatchSerializer(required=False)

    class Meta(NoteSerializer.Meta):
        fields = [*NoteSerializer.Meta.fields, "match"]


class NewNoteSerializer(NoteSerializer):
    """A new note whose id the server chooses."""

    def to_internal_value(self, data: JSON) -> Any:  # Any: each member has its own type
        if isinstance(data, dict) and "id" in data:
            message = "The server chooses the id. To choose it yourself, PUT /notes/{id} with `If-None-Match: *`."
            raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "read_only")]})
        return super().to_internal_value(data)


class NotePatchSerializer(NoteSerializer):
    """A merge patch (RFC 7396): only the given members change, and null resets a member to its default."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:  # Any: as DRF declares fields
        """Take over every member, but without its default: a missing member stays as it is."""
        fields = super().get_fields()
        for name, field in fields.items():
            if not field.read_only:
                field.required, field.default, field.allow_null = False, empty, name != "title"
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
        return {name: column(Note, name).get_default() if value is None else value for name, value in attrs.items()}


class AppendSerializer(StrictSerializer):
    text = StrictCharField(
        allow_blank=True, max_bytes=CONTENT_MAX_BYTES, help_text="Added unchanged, without a separator."
    )


class EditSerializer(StrictSerializer):
    old = StrictCharField(max_bytes=CONTENT_MAX_BYTES, help_text="Must occur exactly once when this edit is applied.")
    new = StrictCharField(allow_blank=True, max_bytes=CONTENT_MAX_BYTES)


class EditsSerializer(StrictSerializer):
    edits = BoundedListField(child=EditSerializer(), allow_empty=False, max_length=MAX_EDITS)


def validate_id(note_id: UUID) -> UUID:
    """Return an id that a client chose; raises `ValidationError` if it is not a random UUID (RFC 9562)."""
    if note_id.version not in (4, 7):
        message = "The id must be a UUID of version 4 or 7."
        raise serializers.ValidationError({"id": [serializers.ErrorDetail(message, "invalid")]})
    return note_id


def note_renderer(credential: Credential) -> Callable[[Note], JSONObject]:
    """Return the function that serializes notes for these credentials: without `notes:read`, only id and version."""
    return note_json if Scope.READ in credential.granted_scopes else receipt_json


def receipt_json(note: Note) -> JSONObject:
    return {"id": note.pk, "version": note.version}


def result_renderer(search: Search | None) -> Callable[[NoteRow], JSONObject]:
    """Return the function that serializes the notes of a list: with a search, each note says where it matches."""
    if search is None:
        return note_json
    budget = Budget()

    def render(note: NoteRow) -> JSONObject:
        match = highlight(note.title, note.content, note.words, search, budget)
        return {**note_json(note), "match": match._asdict()}

    return render


def note_json(note: Note | NoteRow) -> JSONObject:
    """Return a note in any state as JSON. No other code defines its members.

    The renderer formats ids and times; a serializer of each field would take longer than the rest of a page.
    """
    if note.purged_at is not None:
        author = render_author(note)
        return {"id": note.id, "version": note.version, "deleted_at": note.purged_at, "changed_by": author}
    # Written out, because a page has fifty: `dict(zip(…))` of names and values takes twice as long.
    body = {
        "id": note.id,
        "owner_id": note.owner_id,
        "title": note.title,
        "content": note.content,
        "tags": note.tags,
        "is_pinned": note.is_pinned,
        "is_archived": note.is_archived,
        "version": note.version,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "changed_by": render_author(note),
    }
    if note.trashed_at is not None:
        body["trashed_at"] = note.trashed_at
    return body
