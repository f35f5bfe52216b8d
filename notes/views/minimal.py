"""Writes whose response can be short: `Prefer: return=minimal` (RFC 7240, section 4.2)."""

import functools
from collections.abc import Callable
from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import AuthenticatedRequest
from notes_api.rest.headers import MINIMAL_ETAG, MINIMAL_LOCATION, PREFER, PREFERENCE_APPLIED
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.operation import AnyHandler, Feature
from notes_api.rest.preferences import preferred_return
from notes_api.rest.public_path import public_path

# Makes the response to this request for these arguments of the path short.
Shorten = Callable[[AuthenticatedRequest, Response, dict[str, Any]], None]  # Any: as the path has them


def honour_preference(shorten: Shorten, handler: AnyHandler) -> AnyHandler:
    """Shorten a successful response if the client prefers that.

    The feature comes after `idempotent`, so the stored response is whole, and each replay has the form that its own
    request prefers.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        response: Response = handler(view, request, *args, **kwargs)
        patch_vary_headers(response, ["Prefer"])
        wanted = preferred_return(request)
        if wanted is not None:
            response["Preference-Applied"] = f"return={wanted}"
        if wanted == "minimal":
            shorten(request, response, kwargs)
        return response

    return handle


def remove_body(
    request: AuthenticatedRequest,
    response: Response,
    arguments: dict[str, Any],  # Any: as above
) -> None:
    """Keep the status 201, the address and the tag. Without a body, 200 becomes 204."""
    if response.status_code == 200:
        response.status_code = 204
        response["Location"] = public_path(request, f"/notes/{arguments['pk']}")
    response.data = None


def shorten_results(
    request: AuthenticatedRequest,
    response: Response,
    arguments: dict[str, Any],  # Any: as above
) -> None:
    """Keep the status of each operation, and the id and version of its note. Problems stay as they are."""
    for result in response.data["results"]:
        if "note" in result:
            shorten_note(result["note"])


def shorten_note(note: JSONObject) -> None:
    """Remove all members of a note except id and version."""
    for name in note.keys() - {"id", "version"}:
        del note[name]


def minimal_feature(shorten: Shorten, returns: dict[int, JSON], *headers: Any) -> Feature:  # Any: spectacular's
    wrap = functools.partial(honour_preference, shorten)
    return Feature(wrap, headers=[PREFER, PREFERENCE_APPLIED, *headers], returns=returns)


minimal = minimal_feature(remove_body, {204: None}, MINIMAL_ETAG, MINIMAL_LOCATION)
minimal_results = minimal_feature(shorten_results, {})
