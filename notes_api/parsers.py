"""JSON in, strictly: what two readers could understand differently is refused."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    """UTF-8 JSON (RFC 8259) without duplicate names, NaN, NUL, lone surrogates or nesting beyond 32 levels."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> Any:  # Any: whatever JSON holds
        try:
            text = stream.read().decode()
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        return loads(text)


class MergePatchParser(StrictJSONParser):
    """JSON merge patches (RFC 7396), which only PATCH takes."""

    media_type = "application/merge-patch+json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:  # as above
        if parser_context and parser_context["request"].method != "PATCH":
            raise UnsupportedMediaType(self.media_type)
        return super().parse(stream, media_type, parser_context)


def loads(text: str) -> Any:  # Any: whatever JSON holds
    """Parse one JSON text; `ParseError` says what is wrong with it."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite, strict=True
        )
    except RecursionError as error:
        raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {error}.") from error
    _check(value, may_hold_escapes="\\u" in text)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ParseError("The JSON names a member twice in one object.")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not JSON.")


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise ParseError("The JSON holds a number that is too large.")
    return number


def _check(value: Any, *, may_hold_escapes: bool, depth: int = 0) -> None:
    if isinstance(value, str):
        # Unescaped, neither can get past the decoder and `strict`.
        if may_hold_escapes:
            _check_text(value)
    elif isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        members = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        for member in members:
            _check(member, may_hold_escapes=may_hold_escapes, depth=depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("The JSON holds a NUL character, which no text here may have.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError("The JSON holds half of a surrogate pair.") from error


class MarkdownParser(BaseParser):
    """Text as it is (RFC 7763), in UTF-8 and without NUL, as the member `text`."""

    media_type = "text/markdown"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        try:
            text = stream.read().decode()
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        if "\x00" in text:
            raise ParseError("The text holds a NUL character, which no text here may have.")
        return {"text": text}
