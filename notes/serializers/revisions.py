from rest_framework import serializers

from notes.models import Revision


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """An earlier text without its content."""

    tags = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Revision
        fields = ["version", "title", "tags", "written_at", "written_by", "kept_at"]
        read_only_fields = fields


class FullRevisionSerializer(RevisionSerializer):
    """An earlier text with its content."""

    class Meta(RevisionSerializer.Meta):
        fields = ["version", "title", "content", "tags", "written_at", "written_by", "kept_at"]
        read_only_fields = fields
