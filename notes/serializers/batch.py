"""The body of a batch, and the members of each kind of operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_serializer
from rest_framework import serializers

from accounts.scopes import Scope
from notes.serializers.conflicts import ConflictSerializer, saved_note
from notes.serializers.notes import AppendSerializer, NotePatchSerializer, NoteSerializer
from notes_api.rest.fields import (
    BoundedListField,
    ObjectField,
    StrictBooleanField,
    StrictIntegerField,
    StrictUUIDField,
)
from notes_api.rest.json_types import JSON
from notes_api.rest.serializers import StrictSerializer

MAX_OPERATIONS = 100


class Operation(StrictSerializer):
    # The scope that the operation requires.
    scope = Scope.EDIT


class CreateOperation(Operation):
    """Create a note, under your own id if you send one."""

    scope = Scope.APPEND

    op = serializers.ChoiceField(["create"])
    id = StrictUUIDField(required=False, help_text="A UUID of version 4 or 7. Otherwise the server chooses one.")
    note = NoteSerializer()

    def to_internal_value(self, data: JSON) -> Any:  # Any: each member has its own type
        """Reject an id inside the note. If it were ignored, a retry would create a second note."""
        note = data.get("note")
        if isinstance(note, dict) and note.get("id") is not None and not repeats_id(note, data):
            message = "Put the id of a new note beside `note`, not inside it."
            raise serializers.ValidationError({"note": {"id": [serializers.ErrorDetail(message, "read_only")]}})
        return super().to_internal_value(data)


class ExistingNoteOperation(Operation):
    id = StrictUUIDField()
    if_version = StrictIntegerField(
        required=False, min_value=1, help_text="Run the operation only if the note had this version before the batch."
    )


class DeleteOperation(ExistingNoteOperation):
    """Move a note to the trash."""

    scope = Scope.TRASH

    op = serializers.ChoiceField(["delete"])


class RestoreOperation(ExistingNoteOperation):
    """Move a note out of the trash."""

    scope = Scope.TRASH

    op = serializers.ChoiceField(["restore"])


class ReplaceOperation(ExistingNoteOperation):
    """Replace all writable members of a note."""

    op = serializers.ChoiceField(["replace"])
    note = NoteSerializer()


class UpdateOperation(ExistingNoteOperation):
    """Change the given members of a note."""

    op = serializers.ChoiceField(["update"])
    note = NotePatchSerializer()


class AppendOperation(ExistingNoteOperation):
    """Add text to the end of a note."""

    scope = Scope.APPEND

    op = serializers.ChoiceField(["append"])
    text = AppendSerializer().fields["text"]


KINDS: dict[str, type[Operation]] = {
    "create": CreateOperation,
    "replace": ReplaceOperation,
    "update": UpdateOperation,
    "append": AppendOperation,
    "delete": DeleteOperation,
    "restore": RestoreOperation,
}


class BatchSerializer(StrictSerializer):
    operations = BoundedListField(child=ObjectField(), min_length=1, max_length=MAX_OPERATIONS)
    atomic = StrictBooleanField(default=False, help_text="Apply all operations or none.")


@extend_schema_serializer(component_name="Batch")
class DocumentedBatchSerializer(BatchSerializer):
    """Several operations. The members of each depend on its `op`."""

    operations = BoundedListField(
        child=PolymorphicProxySerializer("BatchOperation", dict(KINDS), "op"), min_length=1, max_length=MAX_OPERATIONS
    )


class BatchResultSerializer(serializers.Serializer[Any]):  # Any: only for the documentation
    """The result of one operation: its note or its problem. After a deletion there is neither."""

    status = serializers.IntegerField(
        min_value=200, max_value=599, help_text="The status of this operation, as in responses to separate requests."
    )
    note = saved_note(required=False)
    problem = ConflictSerializer(required=False)


class BatchAnswerSerializer(serializers.Serializer[Any]):  # Any: as above
    applied = serializers.BooleanField(help_text="False if an atomic batch failed, so that nothing was changed.")
    results = BatchResultSerializer(many=True)


def repeats_id(note: Mapping[str, JSON], item: Mapping[str, JSON]) -> bool:
    inner = parse_id(note)
    return inner is not None and inner == parse_id(item)


def parse_id(item: Mapping[str, JSON]) -> UUID | None:
    """Return the id in an operation that has not been validated; None if it is missing or invalid."""
    try:
        return UUID(item["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
