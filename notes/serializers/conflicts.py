"""What a write can return instead of a whole note: a receipt, or a problem with the present state."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from notes.serializers.notes import NoteSerializer, TrashedNoteSerializer
from notes.serializers.parts import Alternatives
from notes_api.rest.documented_errors import ProblemSerializer

RECEIPT = ("id", "version")


class NoteReceiptSerializer(NoteSerializer):
    """The response to credentials that cannot read notes, and later results of a large batch."""

    class Meta(NoteSerializer.Meta):
        fields = list(RECEIPT)
        read_only_fields = fields


class CurrentNoteSerializer(TrashedNoteSerializer):
    """The present state of a note: all members of an active or trashed one, `deleted_at` of one that was purged.

    Credentials that cannot read notes get only `id` and `version`.
    """

    deleted_at = serializers.DateTimeField()

    class Meta(TrashedNoteSerializer.Meta):
        fields = [*TrashedNoteSerializer.Meta.fields, "deleted_at"]
        read_only_fields: list[str] = []

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:  # Any: as DRF declares fields
        fields = super().get_fields()
        for name, field in fields.items():
            if name not in RECEIPT:
                field.read_only, field.required, field.default = False, False, serializers.empty
        return fields


class ConflictSerializer(ProblemSerializer):
    """A problem. If the precondition of a note failed (412), `current` is its present state."""

    current = CurrentNoteSerializer(required=False)


def saved_note(**options: Any) -> PolymorphicProxySerializer:  # Any: DRF's options
    """Return the documentation of a note, or of its receipt if the credentials cannot read notes."""
    return Alternatives(
        component_name="SavedNote",
        serializers=[NoteSerializer, NoteReceiptSerializer],
        resource_type_field_name=None,
        **options,
    )
