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
    `*` asks whether there is such a list at all, which only the handler knows.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        etag = request.user.clock.etag(*kwargs.values())
        is_known = is_unmodified(request, etag)
        if not is_known or request.headers["If-None-Match"].strip() == "*":
            response = handler(view, request, *args, **kwargs)
            response["ETag"] = etag
        return Response(status=304, headers={"ETag": etag}) if is_known else response

    return cast("Handler", handle)
