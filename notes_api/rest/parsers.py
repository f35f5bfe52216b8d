"""Parsers: strict JSON, which rejects what two parsers could read differently, and Markdown."""

import json
import math
import re
from collections.abc import Mapping
from itertools import islice
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.negotiation import MERGE_PATCH
from notes_api.rest.problems import Problem

MAX_DEPTH = 32
# Names and values in one JSON text; lists and objects count as well. Legal requests have far fewer: a batch of 100
# notes with 50 tags each has about 8,000.
MAX_VALUES = 100_000
# Characters of a number with a fraction or an exponent. Python limits integers to 4,300 digits.
MAX_NUMBER_LENGTH = 1000
CONTAINERS = (dict, list)
# A string, the beginning of a list or object, or any other value. The quantifiers are possessive: without backtracking,
# the time is linear.
VALUE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[^\s"\[\]{},:]++', re.DOTALL)


class StrictJSONParser(BaseParser):
    """UTF-8 JSON (RFC 8259) without duplicate names, NaN, NUL, lone surrogates or nesting beyond 32 levels.

    A byte order mark at the beginning is ignored, as section 8.1 allows: some editors and PowerShell write one.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> JSON:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        return loads(text)


class MergePatchParser(StrictJSONParser):
    """JSON merge patches (RFC 7396), which only PATCH accepts."""

    media_type = MERGE_PATCH

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> JSON:  # Any: as above
        if parser_context and parser_context["request"].method != "PATCH":
            raise UnsupportedMediaType(self.media_type)
        return super().parse(stream, media_type, parser_context)


def loads(text: str) -> JSON:
    """Parse a JSON text. Raises `ParseError`, and `Problem` (413) if it has more than MAX_VALUES names and values."""
    _limit_values(text)
    try:
        value = DECODER.decode(text)
    except RecursionError as error:
        raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {error}.") from error
    may_hold_escapes = "\\u" in text
    # Without escapes, the decoder and `strict` have rejected what no text may contain. Then only the depth is left.
    if may_hold_escapes or text.count("[") + text.count("{") > MAX_DEPTH:
        _check(value, may_hold_escapes=may_hold_escapes)
    return value


def _limit_values(text: str) -> None:
    """Count the names and values before they are parsed, because each takes up to 100 bytes of memory."""
    # Each follows one of these characters, except the outermost. They also occur in strings: then count exactly.
    if len(text) < MAX_VALUES or sum(map(text.count, ",:[{")) < MAX_VALUES:
        return
    if sum(1 for _ in islice(VALUE.finditer(text), MAX_VALUES + 1)) > MAX_VALUES:
        detail = f"The JSON has more than {MAX_VALUES} names and values. Divide it into several requests."
        raise Problem(413, "too_many_values", detail)


def _parse_object(pairs: list[tuple[str, JSON]]) -> JSONObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ParseError("An object in the JSON has two members with the same name.")
    return members


def _reject_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not JSON.")


def _parse_finite(literal: str) -> float:
    if len(literal) > MAX_NUMBER_LENGTH:
        raise ParseError(f"The JSON contains a number of more than {MAX_NUMBER_LENGTH} characters.")
    number = float(literal)
    if not math.isfinite(number):
        raise ParseError("The JSON contains a number that is too large.")
    return number


DECODER = json.JSONDecoder(
    object_pairs_hook=_parse_object, parse_constant=_reject_constant, parse_float=_parse_finite, strict=True
)


def _check(value: JSON, *, may_hold_escapes: bool, depth: int = 0) -> None:
    if isinstance(value, CONTAINERS):
        if depth == MAX_DEPTH:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        for member in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            if may_hold_escapes or isinstance(member, CONTAINERS):
                _check(member, may_hold_escapes=may_hold_escapes, depth=depth + 1)
    elif may_hold_escapes and isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("The JSON contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError("The JSON contains half of a surrogate pair.") from error


class MarkdownParser(BaseParser):
    """UTF-8 text without NUL (RFC 7763), parsed to `{"text": …}`."""

    media_type = "text/markdown"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        try:
            text = stream.read().decode()
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        if "\x00" in text:
            raise ParseError("The text contains a NUL character.")
        return {"text": text}
