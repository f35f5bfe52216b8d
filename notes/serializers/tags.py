from typing import Any

from rest_framework import serializers

from notes.tags import MAX_TAGS, InvalidTag, clean_tag, clean_tags
from notes_api.rest.fields import BoundedListField, QueryIntegerField, StrictCharField
from notes_api.rest.json_types import JSON
from notes_api.rest.query_params import QueryParams
from notes_api.rest.serializers import StrictSerializer


class TagField(StrictCharField):
    """A tag, trimmed and in NFC."""

    def to_internal_value(self, data: JSON) -> str:
        try:
            return clean_tag(super().to_internal_value(data))
        except InvalidTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None


class TagsField(BoundedListField):
    """Up to 50 tags in the given order, without duplicates."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        super().__init__(child=StrictCharField(allow_blank=True), max_length=MAX_TAGS, **options)

    def to_internal_value(self, data: JSON) -> list[str]:
        try:
            if isinstance(data, list) and all(isinstance(name, str) for name in data):
                # Names may repeat, so count them when they are clean.
                return clean_tags(data)
            return clean_tags(super().to_internal_value(data))
        except InvalidTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None


class TagSerializer(serializers.Serializer[Any]):  # Any: no instance
    name = serializers.CharField()
    count = serializers.IntegerField(help_text="The number of your notes with this tag, without the trash.")


class RenameTagSerializer(StrictSerializer):
    name = TagField(help_text="If this tag exists, the two are merged.")


class TagListParams(QueryParams):
    limit = QueryIntegerField(min_value=1, max_value=100, default=50)
    cursor = serializers.CharField(required=False, max_length=1024)
