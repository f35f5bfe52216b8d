from typing import Any

from rest_framework import serializers

from notes.models import Export


class ExportSerializer(serializers.ModelSerializer[Export]):
    """An export that is being made."""

    notes = serializers.IntegerField(read_only=True, help_text="How many notes have been written so far.")

    class Meta:
        model = Export
        fields: Any = ["id", "status", "created_at", "expires_at", "notes"]  # Any: the type of the stubs
        read_only_fields = fields
