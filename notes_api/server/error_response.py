"""Error responses that Django was not involved in, with the headers that its middleware adds to all other responses.

They need the CORS headers. Without these a browser reports a 503 to a web application on another origin as a network
failure and hides `Retry-After` from it.
"""

from functools import lru_cache
from io import BytesIO

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from notes_api.server.asgi_types import Scope
from notes_api.server.middleware import HeadersMiddleware, page_of
from notes_api.server.proxies import PROXY_HEADERS, trust_proxies
from notes_api.server.response import Headers, RawResponse, encode_headers, make_raw_problem

# The fields of a request that say whether it came over HTTPS to a proxy.
PROXY_FIELDS = frozenset(name.removeprefix("HTTP_").replace("_", "-").lower().encode() for name in PROXY_HEADERS)


def make_error_response(scope: Scope, status: int, code: str, detail: str, request_id: str) -> RawResponse:
    """Return a problem with all headers.

    This runs on the event loop, because all threads may be stuck. It uses neither the database nor the session.
    """
    problem = make_raw_problem(status, code, detail, request_id)
    origin = tuple(field for field in scope["headers"] if field[0] == b"origin")
    names = tuple(name for name, _ in problem.headers)
    scheme = "https" if is_secure(scope) else "http"
    added = added_headers(scope["method"], scheme, page_of(scope["path"]), origin, names)
    return problem._replace(headers=problem.headers + added)


def is_secure(scope: Scope) -> bool:
    """Whether the client used HTTPS, to this server or to a trusted proxy."""
    fields = [field for field in scope["headers"] if field[0] in PROXY_FIELDS]
    if not fields:
        return scope.get("scheme") == "https"
    # The target may be malformed.
    known: Scope = {**scope, "method": "GET", "path": "/", "root_path": "", "query_string": b"", "headers": fields}
    request = ASGIRequest(known, BytesIO())
    trust_proxies(request)
    return request.is_secure()


# A busy server refuses hundreds of requests in a second, and the middleware takes longer than all the rest of that.
@lru_cache(256)
def added_headers(
    method: str, scheme: str, page: str, origin: tuple[tuple[bytes, bytes], ...], names: tuple[bytes, ...]
) -> Headers:
    """Return what the middleware adds to a response that has headers of these names."""
    scope = {"method": method, "scheme": scheme, "path": page, "headers": origin}
    response = HttpResponse()
    del response.headers["Content-Type"]
    for name in names:
        response.headers[name.decode("ascii")] = ""
    add_headers(ASGIRequest(scope, BytesIO()), response)
    for name in names:
        del response.headers[name.decode("ascii")]
    return encode_headers(response)


def forget_headers(**changed: object) -> None:
    added_headers.cache_clear()


setting_changed.connect(forget_headers)


def add_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Run only the response half of each middleware: the request half could redirect or answer a preflight."""
    XFrameOptionsMiddleware(unreachable).process_response(request, response)
    CorsMiddleware(unreachable).add_response_headers(request, response)
    SecurityMiddleware(unreachable).process_response(request, response)
    HeadersMiddleware(unreachable).process_response(request, response)


def unreachable(request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError
