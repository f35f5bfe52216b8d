"""Refusals that Django had no part in, with the headers that its middleware gives to all other answers.

Without those of CORS a web application on another origin would learn nothing: to its browser a 503 without them is a
network that failed, and `Retry-After` is out of its sight.
"""

from io import BytesIO

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from notes_api.answers import Answer, encode_headers, problem_answer
from notes_api.asgi_types import Scope
from notes_api.middleware import HeadersMiddleware


def refusal(scope: Scope, status: int, code: str, detail: str, request_id: str) -> Answer:
    """A problem with all headers. Made on the event loop, for every thread may be stuck: no database, no session."""
    answer = problem_answer(status, code, detail, request_id)
    # A query string or a Content-Type that nobody can read is refused here too.
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    request = ASGIRequest({**scope, "query_string": b"", "headers": headers}, BytesIO())
    response = HttpResponse(status=status)
    for name, value in answer.headers:
        response.headers[name.decode("ascii")] = value.decode("ascii")
    add_headers(request, response)
    return answer._replace(headers=encode_headers(response))


def add_headers(request: HttpRequest, response: HttpResponse) -> None:
    """What each middleware adds on the way out; on the way in they could redirect, or answer a preflight."""
    XFrameOptionsMiddleware(unreachable).process_response(request, response)
    CorsMiddleware(unreachable).add_response_headers(request, response)
    SecurityMiddleware(unreachable).process_response(request, response)
    HeadersMiddleware(unreachable).process_response(request, response)


def unreachable(request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError
