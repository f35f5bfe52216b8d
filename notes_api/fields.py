"""Serializer fields that take exactly the type they name: 5 is no title, "true" no boolean, "5" no number."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

# RFC 3339, section 5.6: a time with the offset that says when it is.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class QuickSurrogateValidator(ProhibitSurrogateCharactersValidator):
    """DRF's looks at each character in Python; encoding the text says much sooner that there is none."""

    def __call__(self, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError:
            super().__call__(value)


class StrictCharField(serializers.CharField):
    """A JSON string, kept character for character; `max_bytes` counts its UTF-8."""

    default_error_messages = {"too_large": "Ensure this field has no more than {max_bytes} bytes of UTF-8."}

    def __init__(self, *, max_bytes: int | None = None, **options: Any) -> None:  # Any: DRF's options
        self.max_bytes = max_bytes
        super().__init__(**{"trim_whitespace": False, **options})
        self.validators = [
            QuickSurrogateValidator() if isinstance(each, ProhibitSurrogateCharactersValidator) else each
            for each in self.validators
        ]

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


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:  # Any: whatever JSON holds
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictUUIDField(serializers.UUIDField):
    """A UUID as a JSON string; DRF would take a number for one as well."""

    def to_internal_value(self, data: Any) -> UUID:  # Any: whatever JSON holds
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """A moment as RFC 3339 writes it; without an offset it would be another one in every time zone."""

    default_error_messages = {"invalid": "Give a time with its offset, such as 2026-01-05T09:00:00Z."}

    def to_internal_value(self, data: Any) -> datetime:  # Any: whatever JSON holds
        if not isinstance(data, str) or not MOMENT.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data.upper())
