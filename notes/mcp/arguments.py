"""The arguments of tools that are not members of a request body: they become the path and headers of the request."""

import re
from typing import Any

from rest_framework import serializers

from notes_api.rest.fields import StrictCharField, StrictIntegerField, StrictUUIDField
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.serializers import StrictSerializer, shared_instance

# Characters (code points) of a content in one result.
READ_DEFAULT, READ_MAX = 20_000, 100_000
# The result repeats the offset, and its encoder takes no longer integers. No content is as long.
MAX_OFFSET = 2**53 - 1
# Results of one page, unless the call says otherwise. A page of REST has more: no model reads it.
PAGE_SIZE = 20


class PatternField(StrictCharField):
    """A text of which the whole must match a regular expression."""

    default_error_messages = {"pattern": "The text must match {pattern}."}

    def __init__(self, pattern: str, **options: Any) -> None:  # Any: DRF's options
        self.pattern = pattern
        super().__init__(**options)

    def to_internal_value(self, data: JSON) -> str:
        value = super().to_internal_value(data)
        if not re.fullmatch(self.pattern, value):
            self.fail("pattern", pattern=self.pattern)
        return value


class Arguments(StrictSerializer):
    kind = "argument"

    @classmethod
    def read(cls, data: JSON, **_: object) -> JSONObject:
        """Return the validated arguments. Raises `ValidationError`.

        Each field decides alone, so this leaves out what DRF does for all of them together, which takes longer.
        """
        values: JSONObject = {}
        errors: JSONObject = {}
        for name, field in shared_instance(cls).fields.items():
            try:
                if name in data or field.required:
                    values[name] = field.run_validation(data.get(name, serializers.empty))
                elif field.default is not serializers.empty:
                    values[name] = field.default
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values


class IdArguments(Arguments):
    id = StrictUUIDField(help_text="The id of the note.")


class ReadArguments(IdArguments):
    offset = StrictIntegerField(
        min_value=0, max_value=MAX_OFFSET, default=0, help_text="Begin after this many characters of the content."
    )
    max_chars = StrictIntegerField(
        min_value=1, max_value=READ_MAX, default=READ_DEFAULT, help_text="Return at most this many characters."
    )


class VersionArguments(IdArguments):
    version = StrictIntegerField(
        min_value=0,
        help_text="The version of the note that you have read. If it has changed since, nothing is written.",
    )


class OptionalVersionArguments(IdArguments):
    version = StrictIntegerField(
        min_value=0, required=False, help_text="Write only if the note still has this version. Not needed to be safe."
    )


class KeyArguments(Arguments):
    # Printable ASCII without the quotation mark, because the key becomes a quoted text in a header.
    idempotency_key = PatternField(
        "[ !#-~]{1,255}",
        required=False,
        help_text="A text that you choose for this call. A retry with the same key and the same arguments does nothing "
        "again. Keys are kept for 24 hours.",
    )


class AppendArguments(OptionalVersionArguments, KeyArguments):
    pass


class EmptyArguments(Arguments):
    pass


def precondition_headers(values: JSONObject) -> dict[str, str]:
    """Return the headers of the operation that these arguments replace, named as in META."""
    headers = {}
    if "version" in values:
        headers["HTTP_IF_MATCH"] = f'"{values["version"]}"'
    if "idempotency_key" in values:
        headers["HTTP_IDEMPOTENCY_KEY"] = f'"{values["idempotency_key"]}"'
    return headers


def query_of(arguments: JSONObject) -> dict[str, str | list[str]]:
    """Return the arguments as the query of a request contains them. Raises `ValidationError`."""
    return {
        name: [query_text(name, each) for each in value] if isinstance(value, list) else query_text(name, value)
        for name, value in arguments.items()
    }


def query_text(name: str, value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    message = "Send a text, a whole number, true or false, or a list of texts."
    raise serializers.ValidationError({name: [serializers.ErrorDetail(message, "invalid")]})
