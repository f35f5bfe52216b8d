"""The envelope of a batch, and what each kind of operation takes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.scopes import Scope
from notes.serializers.notes import AppendSerializer, NotePatchSerializer, NoteSerializer
from notes_api.fields import StrictBooleanField, StrictCharField, StrictIntegerField, StrictUUIDField
from notes_api.serializers import StrictSerializer


class Operation(StrictSerializer):
    # What it takes to be let do it.
    scope = Scope.WRITE

    op = StrictCharField()


class CreateOperation(Operation):
    scope = Scope.APPEND

    id = StrictUUIDField(required=False)
    note = NoteSerializer()

    def to_internal_value(self, data: Any) -> Any:  # Any: whatever JSON holds
        """An id inside the note must not be silently lost: a retry would make a second note."""
        note = data.get("note")
        if isinstance(note, dict) and note.get("id") is not None and not repeats_id(note, data):
            message = "The id of a new note stands beside `note`, not in it."
            raise serializers.ValidationError({"note": {"id": [serializers.ErrorDetail(message, "read_only")]}})
        return super().to_internal_value(data)


class DeleteOperation(Operation):
    id = StrictUUIDField()
    if_version = StrictIntegerField(
        required=False, min_value=1, help_text="Only if the note had this version before the batch."
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


class AnyOperation(serializers.Serializer[Any]):  # Any: no instance; each kind is checked by its own class above
    """What an operation can hold; which members, depends on `op`."""

    op = serializers.ChoiceField(list(KINDS))
    id = serializers.UUIDField(required=False)
    if_version = serializers.IntegerField(required=False, min_value=1)
    note = NotePatchSerializer(required=False)
    text = StrictCharField(required=False, allow_blank=True)


class BatchSerializer(StrictSerializer):
    operations = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=100)
    atomic = StrictBooleanField(default=False, help_text="All or none.")


class BatchRequestSerializer(serializers.Serializer[Any]):  # Any: for the documentation alone
    operations: serializers.ListSerializer[Any] = serializers.ListSerializer(  # Any: as above
        child=AnyOperation(), min_length=1, max_length=100
    )
    atomic = serializers.BooleanField(default=False, help_text="All or none.")


class ItemSerializer(serializers.Serializer[Any]):  # Any: as above
    status = serializers.IntegerField(help_text="What the request alone would have been answered.")
    note = NoteSerializer(required=False)
    problem = serializers.DictField(required=False)


class BatchAnswerSerializer(serializers.Serializer[Any]):  # Any: as above
    applied = serializers.BooleanField(help_text="False where an atomic batch failed: nothing was changed.")
    results = ItemSerializer(many=True)


def repeats_id(note: Mapping[str, Any], item: Mapping[str, Any]) -> bool:  # Any: whatever JSON holds
    inner = readable_id(note)
    return inner is not None and inner == readable_id(item)


def readable_id(item: Mapping[str, Any]) -> UUID | None:  # Any: as above
    """The id that an operation names, before it is checked."""
    try:
        return UUID(item["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
