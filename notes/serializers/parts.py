"""Parts of notes: what `fields` selects."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.serializers import PolymorphicProxySerializerExtension
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from notes.lists.page import NoteRow
from notes.models import Note
from notes.search.query import Search
from notes.serializers.authors import render_author
from notes.serializers.notes import FoundNoteSerializer, NoteSerializer, TrashedNoteSerializer, result_renderer
from notes_api.rest.fields_param import FieldsParam
from notes_api.rest.json_types import JSONObject
from notes_api.rest.pagination import PageQuery
from notes_api.rest.query_params import QueryParams

Fields = tuple[str, ...] | None
# Returns what a list shows of a note, from its JSON.
Summarize = Callable[[JSONObject], JSONObject]

NOTE_FIELDS = tuple(NoteSerializer.Meta.fields)
TRASHED_FIELDS = tuple(TrashedNoteSerializer.Meta.fields)
LISTED_FIELDS = tuple(FoundNoteSerializer.Meta.fields)


class NoteParams(QueryParams):
    fields = FieldsParam(NOTE_FIELDS)  # type: ignore[assignment]  # DRF's metaclass takes it away


class TrashedNoteParams(QueryParams):
    fields = FieldsParam(TRASHED_FIELDS)  # type: ignore[assignment]  # as above


class TrashParams(PageQuery):
    fields = FieldsParam(TRASHED_FIELDS)  # type: ignore[assignment]  # as above


class PartialNoteSerializer(FoundNoteSerializer):
    """The members of a note that `fields` names."""

    class Meta(FoundNoteSerializer.Meta):
        fields = [*FoundNoteSerializer.Meta.fields, "trashed_at"]
        read_only_fields: list[str] = []

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:  # Any: as DRF declares fields
        fields = super().get_fields()
        for field in fields.values():
            field.read_only, field.required, field.default = False, False, serializers.empty
        return fields


class Alternatives(PolymorphicProxySerializer):
    """One of several serializers. A response may match more than one: a whole note is also a part."""


class AlternativesExtension(PolymorphicProxySerializerExtension):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = Alternatives  # type: ignore[assignment]  # spectacular accepts the class, too

    def map_serializer(self, auto_schema: Any, direction: str) -> JSONObject:  # Any: spectacular's signature
        return {"anyOf": super().map_serializer(auto_schema, direction)["oneOf"]}  # type: ignore[no-untyped-call]


def whole_or_part(
    name: str, serializer: type[NoteSerializer], **options: Any
) -> PolymorphicProxySerializer:  # Any: DRF's options
    """Return the documentation of a note of which `fields` may select a part."""
    return Alternatives(
        component_name=name,
        serializers=[serializer, PartialNoteSerializer],
        resource_type_field_name=None,
        **options,
    )


def list_renderer(search: Search | None, fields: Fields) -> Callable[[NoteRow], JSONObject]:
    """Return the function that serializes these members of the notes of a list; without fields, all of them."""
    if fields is None:
        return result_renderer(search)
    if search is None or "match" not in fields:
        return lambda note: render_part(note, fields)
    render = result_renderer(search)
    return lambda note: {name: value for name, value in render(note).items() if name in fields}


def summarized(render: Callable[[NoteRow], JSONObject], summarize: Summarize) -> Callable[[NoteRow], JSONObject]:
    return lambda note: summarize(render(note))


def render_part(note: Note | NoteRow, fields: tuple[str, ...]) -> JSONObject:
    """Return these members of a note. Like the whole note, it has `trashed_at` only in the trash, and no `match`."""
    part = {
        name: getattr(note, name)
        for name in fields
        if name != "match" and (name != "trashed_at" or note.trashed_at is not None)
    }
    if "changed_by" in part:
        part["changed_by"] = render_author(note)
    return part
