"""Serializer fields that take exactly the type they name: 5 is no title, "true" no boolean."""

from typing import Any

from rest_framework import serializers


class StrictCharField(serializers.CharField):
    """A JSON string, kept character for character; `max_bytes` counts its UTF-8."""

    default_error_messages = {"too_large": "Ensure this field has no more than {max_bytes} bytes of UTF-8."}

    def __init__(self, *, max_bytes: int | None = None, **options: Any) -> None:  # Any: DRF's options
        self.max_bytes = max_bytes
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:  # Any: whatever JSON holds
        if not isinstance(data, str):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if self.max_bytes is not None and len(value.encode()) > self.max_bytes:
            self.fail("too_large", max_bytes=self.max_bytes)
        return value


class StrictBooleanField(serializers.BooleanField):
    """JSON's `true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:  # Any: whatever JSON holds
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
