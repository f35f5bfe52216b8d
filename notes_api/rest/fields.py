"""Serializer fields without type coercion: 5 is not a title, "true" not a boolean and "5" not a number."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from notes_api.rest.json_types import JSON, JSONObject

# RFC 3339, section 5.6: a time with its offset.
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class FastSurrogateValidator(ProhibitSurrogateCharactersValidator):
    """A faster check for surrogates: it encodes the text, where DRF looks at each character in Python."""

    def __call__(self, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError:
            super().__call__(value)


class StrictCharField(serializers.CharField):
    """A JSON string, kept unchanged. `max_bytes` limits its length in UTF-8."""

    default_error_messages = {"too_large": "Ensure this field has no more than {max_bytes} bytes of UTF-8."}

    def __init__(self, *, max_bytes: int | None = None, **options: Any) -> None:  # Any: DRF's options
        self.max_bytes = max_bytes
        super().__init__(**{"trim_whitespace": False, **options})
        self.validators = [
            FastSurrogateValidator() if isinstance(each, ProhibitSurrogateCharactersValidator) else each
            for each in self.validators
        ]

    def to_internal_value(self, data: JSON) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if self.max_bytes is not None and len(value.encode()) > self.max_bytes:
            self.fail("too_large", max_bytes=self.max_bytes)
        return value


class StrictBooleanField(serializers.BooleanField):
    """JSON's `true` or `false`."""

    def to_internal_value(self, data: JSON) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: JSON) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictUUIDField(serializers.UUIDField):
    """A UUID as a JSON string; DRF accepts numbers, too."""

    def to_internal_value(self, data: JSON) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """A time in RFC 3339. The offset is required: without it, the time would depend on the time zone."""

    default_error_messages = {"invalid": "Give a time with its offset, such as 2026-01-05T09:00:00Z."}

    def to_internal_value(self, data: JSON) -> datetime:
        if not isinstance(data, str) or not TIMESTAMP.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data.upper())


class BoundedListField(serializers.ListField):
    """A list in a request. It is counted before its items are validated, because each error takes about a kilobyte."""

    def __init__(self, *, max_length: int, **options: Any) -> None:  # Any: DRF's options
        self.max_items = max_length
        super().__init__(max_length=max_length, **options)

    def run_child_validation(self, data: list[JSON]) -> list[Any]:  # Any: what the child returns
        if len(data) > self.max_items:
            self.fail("max_length", max_length=self.max_items)
        return super().run_child_validation(data)


class ObjectField(serializers.Field[Any, Any, Any, Any]):  # Any: its members are validated later
    """A JSON object, unchanged."""

    default_error_messages = {"not_a_dict": "Expected an object."}

    def to_internal_value(self, data: JSON) -> JSONObject:
        if not isinstance(data, dict):
            self.fail("not_a_dict")
        return data
