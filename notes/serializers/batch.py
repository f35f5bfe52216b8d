"""The envelope of a batch, and what each kind of operation takes."""

from typing import Any

from rest_framework import serializers

from accounts.scopes import Scope
from notes.serializers.notes import AppendSerializer, NotePatchSerializer, NoteSerializer
from notes_api.fields import StrictBooleanField, StrictCharField, StrictIntegerField, StrictUUIDField
from notes_api.serializers import StrictSerializer

OPERATIONS = ["create", "replace", "update", "append", "delete", "restore"]


class Operation(StrictSerializer):
    # What it takes to be let do it.
    scope = Scope.WRITE

    op = StrictCharField(help_text=f"One of {', '.join(OPERATIONS)}.")


class CreateOperation(Operation):
    scope = Scope.APPEND

    id = StrictUUIDField(required=False)
    note = NoteSerializer()

    def to_internal_value(self, data: Any) -> Any:  # Any: whatever JSON holds
        """An id inside the note must not be silently lost: a retry would make a second note."""
        inner = data["note"].get("id") if isinstance(data.get("note"), dict) else None
        if inner is not None and inner != data.get("id"):
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


class AnyOperation(serializers.Serializer[Any]):  # Any: no instance; each kind is checked by its own class above
    """What an operation can hold; which members, depends on `op`."""

    op = serializers.ChoiceField(OPERATIONS)
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
