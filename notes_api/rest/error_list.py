"""The `errors` of a problem: DRF's nested errors as a short, flat list."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ErrorDetail

MAX_ERRORS = 20
# Lengths in characters. Names and messages can contain text of the request, and the longest are cut.
MAX_FIELD_LENGTH = 128
MAX_NAME_LENGTH = 64
MAX_MESSAGE_LENGTH = 300
# The code of the last entry, which says how many errors are not listed.
MORE = "more_errors"


def name_errors(names: Iterable[str], message: ErrorDetail) -> dict[str, list[ErrorDetail]]:
    """Return this error for each of the names, in a form that DRF accepts.

    DRF copies each error it is given, so names beyond MAX_ERRORS are only counted.
    """
    names = sorted(names)
    errors = {name: [message] for name in names[:MAX_ERRORS]}
    if len(names) > MAX_ERRORS:
        errors["non_field_errors"] = [ErrorDetail(str(len(names) - MAX_ERRORS), MORE)]
    return errors


def list_errors(detail: Any, limit: int = MAX_ERRORS) -> list[dict[str, str]]:  # Any: as flatten_errors
    """Return at most `limit` errors, then one that says how many more there are."""
    errors: list[dict[str, str]] = []
    unlisted = 0
    for error in flatten_errors(detail):
        if error["code"] == MORE:
            unlisted += int(error["message"])
        elif len(errors) < limit:
            errors.append(error)
        else:
            unlisted += 1
    if unlisted:
        noun = "error is" if unlisted == 1 else "errors are"
        errors.append({"field": "", "code": MORE, "message": f"{unlisted} more {noun} not listed."})
    return errors


def flatten_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:  # Any: DRF nests lists, dicts and details
    """Flatten DRF's nested errors to `{"field", "code", "message"}`, with a dotted path as the field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else shorten(str(name), MAX_NAME_LENGTH)
            yield from flatten_errors(inner, f"{path}.{own}".strip("."))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flatten_errors(inner, f"{path}.{position}".strip(".") if nested else path)
    else:
        field, message = shorten(path, MAX_FIELD_LENGTH), shorten(str(detail), MAX_MESSAGE_LENGTH)
        yield {"field": field, "code": detail.code, "message": message}


def shorten(text: str, max_length: int) -> str:
    """Return at most `max_length` characters of the text; an ellipsis marks a cut."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"
