"""Serializer fields of tags."""

from typing import Any

from rest_framework import serializers

from notes_api.rest.fields import BoundedListField, StrictCharField
from notes_api.rest.json_types import JSON
from notes_api.rest.tag_names import MAX_TAGS, InvalidTag, clean_tag, clean_tags


class TagField(StrictCharField):
    """A tag, trimmed and in NFC."""

    def to_internal_value(self, data: JSON) -> str:
        try:
            return clean_tag(super().to_internal_value(data))
        except InvalidTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None


class TagsField(BoundedListField):
    """Tags in the given order, without duplicates."""

    def __init__(self, *, max_length: int = MAX_TAGS, **options: Any) -> None:  # Any: DRF's options
        self.most = max_length
        super().__init__(child=StrictCharField(allow_blank=True), max_length=max_length, **options)

    def to_internal_value(self, data: JSON) -> list[str]:
        try:
            if isinstance(data, list) and all(isinstance(name, str) for name in data):
                # Names may repeat, so count them when they are clean.
                return clean_tags(data, self.most)
            return clean_tags(super().to_internal_value(data), self.most)
        except InvalidTag as error:
            raise serializers.ValidationError(str(error), "invalid") from None
