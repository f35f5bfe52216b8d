"""The body of a batch, and the members of each kind of operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.scopes import Scope
from notes.serializers.notes import AppendSerializer, NotePatchSerializer, NoteSerializer
from notes_api.rest.fields import (
    BoundedListField,
    ObjectField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StrictUUIDField,
)
from notes_api.rest.json_types import JSON
from notes_api.rest.serializers import StrictSerializer

MAX_OPERATIONS = 100


class Operation(StrictSerializer):
    # The scope that the operation requires.
    scope = Scope.WRITE

    op = StrictCharField()


class CreateOperation(Operation):
    scope = Scope.APPEND

    id = StrictUUIDField(required=False)
    note = NoteSerializer()

    def to_internal_value(self, data: JSON) -> Any:  # Any: each member has its own type
        """Reject an id inside the note. If it were ignored, a retry would create a second note."""
        note = data.get("note")
        if isinstance(note, dict) and note.get("id") is not None and not repeats_id(note, data):
            message = "Put the id of a new note beside `note`, not inside it."
            raise serializers.ValidationError({"note": {"id": [serializers.ErrorDetail(message, "read_only")]}})
        return super().to_internal_value(data)


class DeleteOperation(Operation):
    id = StrictUUIDField()
    if_version = StrictIntegerField(
        required=False, min_value=1, help_text="Run the operation only if the note had this version before the batch."
    )


class RestoreOperation(DeleteOperation):
    pass


class ReplaceOperation(DeleteOperation):
    note = NoteSerializer()


class UpdateOperation(DeleteOperation):
    note = NotePatchSerializer()


class AppendOperation(DeleteOperation):
    scope = Scope.APPEND

    text = AppendSerializer().fields["text"]


KINDS: dict[str, type[Operation]] = {
    "create": CreateOperation,
    "replace": ReplaceOperation,
    "update": UpdateOperation,
    "append": AppendOperation,
    "delete": DeleteOperation,
    "restore": RestoreOperation,
}


class AnyOperation(
    serializers.Serializer[Any]
):  # Any: no instance; only for the documentation, as each kind is validated by its own class above
    """An operation. Its members depend on `op`."""

    op = serializers.ChoiceField(list(KINDS))
    id = serializers.UUIDField(required=False)
    if_version = serializers.IntegerField(required=False, min_value=1)
    note = NotePatchSerializer(required=False)
    text = StrictCharField(required=False, allow_blank=True)


class BatchSerializer(StrictSerializer):
    operations = BoundedListField(child=ObjectField(), min_length=1, max_length=MAX_OPERATIONS)
    atomic = StrictBooleanField(default=False, help_text="Apply all operations or none.")


class BatchRequestSerializer(serializers.Serializer[Any]):  # Any: only for the documentation
    operations = BoundedListField(child=AnyOperation(), min_length=1, max_length=MAX_OPERATIONS)
    atomic = serializers.BooleanField(default=False, help_text="Apply all operations or none.")


class ItemSerializer(serializers.Serializer[Any]):  # Any: as above
    status = serializers.IntegerField(help_text="The status of this operation, as in responses to separate requests.")
    note = NoteSerializer(required=False)
    problem = serializers.DictField(required=False)


class BatchAnswerSerializer(serializers.Serializer[Any]):  # Any: as above
    applied = serializers.BooleanField(help_text="False if an atomic batch failed, so that nothing was changed.")
    results = ItemSerializer(many=True)


def repeats_id(note: Mapping[str, JSON], item: Mapping[str, JSON]) -> bool:
    inner = parse_id(note)
    return inner is not None and inner == parse_id(item)


def parse_id(item: Mapping[str, JSON]) -> UUID | None:
    """Return the id in an operation that has not been validated; None if it is missing or invalid."""
    try:
        return UUID(item["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
