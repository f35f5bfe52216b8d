"""Decorators of views outside the API: the documentation, the health checks and the admin."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from notes_api.rest.error_details import method_detail
from notes_api.rest.problems import problem_response

AnyView = TypeVar("AnyView", bound=Callable[..., Any])  # Any: a view or a method of one may return anything
PlainView = Callable[..., HttpResponse]  # the arguments are a request and those of the URL

SAFE = ("GET", "HEAD", "OPTIONS")


def read_only(view: PlainView) -> PlainView:
    """Pass GET and HEAD to the view, answer OPTIONS with `Allow`, and return 405 for other methods.

    The view changes nothing, so a form from another site gets 405 instead of an error about its CSRF token.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, **arguments: object) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, **arguments)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(SAFE)})
        detail = method_detail(request.method or "", SAFE)
        return problem_response(request, 405, "method_not_allowed", detail, {"Allow": ", ".join(SAFE)})

    return guarded


def hashes_password(view: AnyView) -> AnyView:
    """Mark a view whose requests hash a password: `hashing_paths` gives them a thread pool of their own."""
    view.hashes_password = True  # type: ignore[attr-defined]  # functions accept any attribute
    return view
