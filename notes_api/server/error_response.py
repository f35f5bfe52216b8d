"""Error responses that Django was not involved in, with the headers that its middleware adds to all other responses.

They need the CORS headers. Without these a browser reports a 503 to a web application on another origin as a network
failure and hides `Retry-After` from it.
"""

from io import BytesIO

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from notes_api.server.asgi_types import Scope
from notes_api.server.middleware import HeadersMiddleware
from notes_api.server.response import RawResponse, encode_headers, make_raw_problem


def make_error_response(scope: Scope, status: int, code: str, detail: str, request_id: str) -> RawResponse:
    """Return a problem with all headers.

    This runs on the event loop, because all threads may be stuck. It uses neither the database nor the session.
    """
    problem = make_raw_problem(status, code, detail, request_id)
    # Leave out the query string and the Content-Type: they may be the malformed parts that the error reports.
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    request = ASGIRequest({**scope, "query_string": b"", "headers": headers}, BytesIO())
    response = HttpResponse(status=status)
    for name, value in problem.headers:
        response.headers[name.decode("ascii")] = value.decode("ascii")
    add_headers(request, response)
    return problem._replace(headers=encode_headers(response))


def add_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Run only the response half of each middleware: the request half could redirect or answer a preflight."""
    XFrameOptionsMiddleware(unreachable).process_response(request, response)
    CorsMiddleware(unreachable).add_response_headers(request, response)
    SecurityMiddleware(unreachable).process_response(request, response)
    HeadersMiddleware(unreachable).process_response(request, response)


def unreachable(request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError
