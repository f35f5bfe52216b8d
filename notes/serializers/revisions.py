from rest_framework import serializers

from notes.models import Revision
from notes.serializers.authors import AuthorField


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """An earlier text without its content."""

    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    changed_by = AuthorField("What gave the note this version. It may have changed something else than the text.")

    class Meta:
        model = Revision
        fields = ["version", "title", "tags", "written_at", "written_by", "changed_by", "kept_at"]
        read_only_fields = fields


class FullRevisionSerializer(RevisionSerializer):
    """An earlier text with its content."""

    class Meta(RevisionSerializer.Meta):
        fields = ["version", "title", "content", "tags", "written_at", "written_by", "changed_by", "kept_at"]
        read_only_fields = fields
