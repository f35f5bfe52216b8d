from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notes.models import Import
from notes.models.imported import Item
from notes.transfer.formats import FORMATS
from notes.transfer.imports.requests import AUTO
from notes_api.rest.fields import QueryBooleanField, QueryIntegerField
from notes_api.rest.json_types import JSONObject
from notes_api.rest.query_params import QueryParams

MEMBERS = ("id", "status", "format", "dry_run", "created_at", "finished_at", "expires_at")
# Items of a response, and the position after the last item that an import can have.
MAX_ITEMS, LAST = 500, 10**9
CHOICES = (AUTO, *FORMATS)


class NewImportParams(QueryParams):
    format = serializers.ChoiceField(
        CHOICES,
        default=AUTO,
        help_text="`auto` recognises the format.",
        error_messages={"invalid_choice": f"Give one of {', '.join(CHOICES)}."},
    )
    dry_run = QueryBooleanField(default=False, help_text="Only say what would happen.")
    hashtags = QueryBooleanField(default=False, help_text="In Markdown and plain text, `#words` are tags as well.")
    name = serializers.CharField(
        required=False, max_length=255, help_text="The name of the file, if the body is the file itself."
    )


class ImportParams(QueryParams):
    after = QueryIntegerField(
        min_value=0, max_value=LAST, default=0, help_text="Skip this many items of the report, as `next` says."
    )


class CountsSerializer(serializers.Serializer[Any]):  # Any: no instance
    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    failed = serializers.IntegerField()


# A description of its own: a reference to a schema could not be null in every generated client.
@extend_schema_field(
    {
        "type": "object",
        "nullable": True,
        "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
        "required": ["code", "detail"],
    }
)
class ImportProblemSerializer(serializers.Serializer[Any]):  # Any: no instance
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportAttachmentSerializer(serializers.Serializer[Any]):  # Any: no instance
    """A file that was not imported. `attachment:` and its `sha256` are in its place in the text."""

    name = serializers.CharField()
    media_type = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()


class ImportItemSerializer(serializers.Serializer[Any]):  # Any: no instance
    """What happened to one note. `source` is where it is in the input."""

    source = serializers.CharField()  # type: ignore[assignment]  # every field has an attribute of this name
    status = serializers.ChoiceField(["created", "unchanged", "skipped", "failed"])
    note_id = serializers.UUIDField(allow_null=True)
    problem = ImportProblemSerializer(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    attachments = ImportAttachmentSerializer(many=True, required=False)


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import and a part of its report."""

    problem = ImportProblemSerializer(allow_null=True, help_text="Why the import ended early.")
    counts = CountsSerializer()
    items = ImportItemSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The path of the next items.")

    class Meta:
        model = Import
        fields: Any = [*MEMBERS, "problem", "counts", "items", "next"]  # Any: the type of the stubs
        read_only_fields = fields


def import_json(imported: Import, items: list[Item], following: str | None) -> JSONObject:
    problem = {"code": imported.problem, "detail": imported.problem_detail} if imported.problem else None
    return {
        **{name: getattr(imported, name) for name in MEMBERS},
        "problem": problem,
        "counts": {name: getattr(imported, name) for name in ("created", "unchanged", "skipped", "failed")},
        "items": items,
        "next": following,
    }
