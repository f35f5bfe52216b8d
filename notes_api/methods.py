"""Which methods a plain Django view takes."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from notes_api.problems import problem_response

PlainView = Callable[[HttpRequest], HttpResponse]

SAFE = "GET, HEAD, OPTIONS"


def read_only(view: PlainView) -> PlainView:
    """GET and HEAD reach the view, OPTIONS answers `Allow`, and anything else is a problem.

    Nothing here can be written, so a foreign form is told what it is: the wrong method, not a missing CSRF token.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": SAFE})
        detail = f'Method "{request.method}" not allowed.'
        return problem_response(request, 405, "method_not_allowed", detail, {"Allow": SAFE})

    return guarded
