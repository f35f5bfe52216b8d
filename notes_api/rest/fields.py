"""Serializer fields without type coercion: 5 is not a title, "true" not a boolean and "5" not a number.

Query strings have only text. Their numbers and booleans have one syntax each.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from notes_api.rest.json_types import JSON, JSONObject

# RFC 3339, section 5.6: a time with its offset.
TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# A time of the database has this many digits of a second.
FRACTION_DIGITS = 6
MICROSECOND = timedelta(microseconds=1)
# A number in a query, short enough for 64 bits.
WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


class FastSurrogateValidator(ProhibitSurrogateCharactersValidator):
    """A faster check for surrogates: it encodes the text, where DRF looks at each character in Python."""

    def __call__(self, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError:
            super().__call__(value)


class StrictCharField(serializers.CharField):
    """A JSON string, kept unchanged. `max_bytes` limits its length in UTF-8."""

    default_error_messages = {
        "invalid": "Send a string.",
        "too_large": "Ensure this field has no more than {max_bytes} bytes of UTF-8.",
    }

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

    default_error_messages = {"invalid": "Send true or false, without quotes."}

    def to_internal_value(self, data: JSON) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction."""

    default_error_messages = {"invalid": "Send a whole number, without quotes."}

    def to_internal_value(self, data: JSON) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictUUIDField(serializers.UUIDField):
    """A UUID as a JSON string; DRF accepts numbers, too."""

    default_error_messages = {"invalid": "Send a UUID as a string."}

    def to_internal_value(self, data: JSON) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """A time in RFC 3339. The offset is required: without it, the time would depend on the time zone."""

    default_error_messages = {"invalid": "Give a time with its offset, such as 2026-01-05T09:00:00Z."}

    def to_internal_value(self, data: JSON) -> datetime:
        """Return the time, rounded up to a microsecond: no stored time lies between the two."""
        match = TIMESTAMP.fullmatch(data) if isinstance(data, str) else None
        if match is None:
            self.fail("invalid")
        seconds, fraction, offset = match.groups(default="")
        end = FRACTION_DIGITS + len(".")
        value = super().to_internal_value(f"{seconds}{fraction[:end]}{offset}".upper())
        try:
            return value + MICROSECOND if fraction[end:].strip("0") else value
        except OverflowError:
            self.fail("invalid")


class QueryIntegerField(serializers.IntegerField):
    """A whole number in a query string, in ASCII digits and nothing else."""

    default_error_messages = {"invalid": "Give a whole number from {min_value} to {max_value}, in the digits 0 to 9."}

    def to_internal_value(self, data: JSON) -> int:
        if not isinstance(data, str) or not WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid", min_value=self.min_value, max_value=self.max_value)
        return int(data)


class QueryChoiceField(serializers.ChoiceField):
    """A word in a query string. The error names the choices."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:  # Any: DRF's options
        super().__init__(list(choices), **options)

    def to_internal_value(self, data: JSON) -> str:
        if data not in self.choices:
            raise serializers.ValidationError(f"Give one of {', '.join(self.choices)}.", "invalid_choice")
        return str(data)


def parse_boolean(data: JSON) -> bool | None:
    """Return a boolean of a query string; None for any other text. Python's clients send `True` and `False`."""
    return {"true": True, "True": True, "false": False, "False": False}.get(data) if isinstance(data, str) else None


class QueryFlagField(QueryChoiceField):
    """`true`, `false` or `any` in a query string."""

    def __init__(self, **options: Any) -> None:  # Any: as above
        super().__init__(["true", "false", "any"], **options)

    def to_internal_value(self, data: JSON) -> str:
        value = parse_boolean(data)
        return super().to_internal_value(data if value is None else str(value).lower())


class QueryBooleanField(serializers.BooleanField):
    """`true` or `false` in a query string."""

    default_error_messages = {"invalid": "Give one of true, false."}

    def to_internal_value(self, data: JSON) -> bool:
        value = parse_boolean(data)
        if value is None:
            self.fail("invalid")
        return value


class BoundedListField(serializers.ListField):
    """A list in a request. It is counted before its items are validated, because each error takes about a kilobyte."""

    default_error_messages = {"not_a_list": "Send a list."}

    def __init__(self, *, max_length: int, **options: Any) -> None:  # Any: DRF's options
        self.max_items = max_length
        super().__init__(max_length=max_length, **options)

    def run_child_validation(self, data: list[JSON]) -> list[Any]:  # Any: what the child returns
        if len(data) > self.max_items:
            self.fail("max_length", max_length=self.max_items)
        return super().run_child_validation(data)


class ObjectField(serializers.Field[Any, Any, Any, Any]):  # Any: its members are validated later
    """A JSON object, unchanged."""

    default_error_messages = {"not_a_dict": "Send a JSON object."}

    def to_internal_value(self, data: JSON) -> JSONObject:
        if not isinstance(data, dict):
            self.fail("not_a_dict")
        return data
