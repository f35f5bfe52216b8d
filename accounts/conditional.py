"""304 for whole lists, by the clock that authentication has read anyway."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from notes_api.conditional import is_unmodified

Handler = TypeVar("Handler", bound=Callable[..., Response])


def tagged_by_clock(handler: Handler) -> Handler:
    """Answer with the account's `ETag`, or 304 to a client that has it: since then nothing changed.

    The clock was read before the list: a change in between makes the list newer than its tag, never older.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        etag = request.user.clock.etag
        if is_unmodified(request, etag):
            return Response(status=304, headers={"ETag": etag})
        response = handler(view, request, *args, **kwargs)
        response["ETag"] = etag
        return response

    return cast("Handler", handle)
