from typing import Any

from rest_framework import serializers

from notes.tags import BadTag, clean_tag, clean_tags
from notes_api.fields import StrictCharField
from notes_api.queries import Query
from notes_api.serializers import StrictSerializer


class TagField(StrictCharField):
    """One name, trimmed and in NFC."""

    def to_internal_value(self, data: Any) -> str:  # Any: whatever JSON holds
        try:
            return clean_tag(super().to_internal_value(data))
        except BadTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None


class TagsField(serializers.ListField):
    """Up to 50 names in their order; doubles are dropped."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        super().__init__(child=StrictCharField(allow_blank=True), **options)

    def to_internal_value(self, data: Any) -> list[str]:  # Any: whatever JSON holds
        try:
            return clean_tags(super().to_internal_value(data))
        except BadTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None


class TagSerializer(serializers.Serializer[Any]):  # Any: no instance
    name = serializers.CharField()
    count = serializers.IntegerField(help_text="On so many of your notes; the trash does not count.")


class RenameTagSerializer(StrictSerializer):
    name = TagField(help_text="Where it exists already, the two become one.")


class TagQuery(Query):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    cursor = serializers.CharField(required=False, max_length=1024)
