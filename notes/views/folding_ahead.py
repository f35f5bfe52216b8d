"""Computing what searches read of long contents before a write takes its locks."""

import functools
from collections.abc import Iterator
from typing import Any

from django.db import connection
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import AuthenticatedRequest
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.search.search_columns import computed_ahead
from notes_api.rest.json_types import JSON
from notes_api.rest.operation import AnyHandler, Feature

# Characters of a content that takes some milliseconds.
LONG_CONTENT = 8 * 1024


def fold_contents_ahead(handler: AnyHandler) -> AnyHandler:
    """Fold the contents of a batch before its transaction begins.

    That takes up to a quarter of a second for each mebibyte. On SQLite all other writes would wait meanwhile.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        contents = long_contents(request.data) if connection.vendor == "sqlite" else ()
        with computed_ahead(contents):
            response: Response = handler(view, request, *args, **kwargs)
        return response

    return handle


def long_contents(body: JSON) -> Iterator[str]:
    """Yield the long contents in the body of a batch, which nobody has validated yet."""
    operations = body.get("operations") if isinstance(body, dict) else None
    for each in operations if isinstance(operations, list) else ():
        note = each.get("note") if isinstance(each, dict) else None
        content = note.get("content") if isinstance(note, dict) else None
        if isinstance(content, str) and LONG_CONTENT <= len(content) <= CONTENT_MAX_BYTES:
            yield content


folds_ahead = Feature(fold_contents_ahead)
