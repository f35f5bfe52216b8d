"""304 for whole lists, and 412 for writes to what they list, by the account's clock."""

import functools
from collections.abc import Callable
from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.models import Clock, joint_tick
from notes_api.rest.conditional import UNCONDITIONAL, EtagMismatch, Preconditions, is_unmodified
from notes_api.rest.headers import ETAG, IF_MATCH, IF_NONE_MATCH
from notes_api.rest.operation import NOT_MODIFIED, AnyHandler, Feature
from notes_api.rest.renderers import Utf8Response


def send_account_etag(handler: AnyHandler) -> AnyHandler:
    """Add the account's `ETag` to the response; return 304 if the client has it, because nothing changed since.

    The clock was read before the list: a change in between makes the list newer than its tag, never older.
    Only the handler knows whether the list exists at all, so it runs for `If-None-Match: *`.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        etag = request.user.clock.etag(*kwargs.values())
        is_known = is_unmodified(request, etag)
        if not is_known or request.META["HTTP_IF_NONE_MATCH"].strip() == "*":
            response: Response = handler(view, request, *args, **kwargs)
            response["ETag"] = etag
        return Utf8Response(status=304, headers={"ETag": etag}) if is_known else response

    return handle


def require_account_etag(handler: AnyHandler) -> AnyHandler:
    """Let the preconditions of a write refer to the `ETag` of the account's lists.

    They are compared under the lock of the clock, so nothing can change between this and the write.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        run: Callable[[], Response] = functools.partial(handler, view, request, *args, **kwargs)
        preconditions = Preconditions.from_request(request)
        if preconditions == UNCONDITIONAL:
            return run()
        with joint_tick(request.user.pk) as change:
            # The tick has advanced the clock by one.
            etag = Clock(user_id=request.user.pk, value=change.version - 1).etag()
            if not preconditions.allow_etags(etag):
                raise EtagMismatch(etag)
            return run()

    return handle


account_guard = Feature(require_account_etag, headers=[IF_MATCH, IF_NONE_MATCH], errors=[412])
account_etag = Feature(send_account_etag, headers=[IF_NONE_MATCH, ETAG], returns={304: NOT_MODIFIED})
