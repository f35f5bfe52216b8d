"""The short path of requests to the API: a view and its exception handler, without Django's middleware chain.

The chain costs more than most views. For a plain request to an API view it only adds headers, which depend on nothing
but the response. Everything else takes the chain: pages, files, probes, unknown paths and hosts, requests from other
origins, with cookies or over plain HTTP where HTTPS is required. Both paths give the same responses.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO

from django.conf import settings
from django.core.exceptions import DisallowedHost, SynchronousOnlyOperation
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.utils.log import log_response

from notes_api.rest.large_reads import end_large_read
from notes_api.rest.operation import declared_operation
from notes_api.rest.views import StrictView
from notes_api.server.error_response import add_headers
from notes_api.server.middleware import identify, record_route, respond_to_database_error
from notes_api.server.proxies import trust_proxies
from notes_api.server.response import Headers, RawResponse, encode_headers


class ShortPath:
    def __init__(self) -> None:
        self.fixed: dict[str, ResolverMatch] = {}
        self.patterns: list[URLPattern] = []
        # The methods and routes that run on the event loop.
        self.loop_routes: set[tuple[str, str]] = set()
        for path, pattern in api_patterns(get_resolver().url_patterns):
            self.loop_routes.update((method, path) for method in ("GET", "POST") if runs_on_loop(pattern, method))
            match = pattern.resolve(path)
            if pattern.pattern.converters or match is None:
                self.patterns.append(pattern)
            else:
                self.fixed[f"/{path}"] = match
        # A response has one of a few sets of headers.
        self.added_headers = lru_cache(256)(added_headers)
        # The server asks several times for one request. A match belongs to no request, and its path is limited in
        # length.
        self.match = lru_cache(64)(self.find_match)

    def find_view(self, request: HttpRequest) -> ResolverMatch | None:
        """Return the view for this request, or None if it needs the middleware chain."""
        meta = request.META
        if meta.get("HTTP_ORIGIN") or meta.get("HTTP_COOKIE") or request.method == "OPTIONS":
            return None
        match = self.match(request.path_info)
        if match is None:
            return None
        trust_proxies(request)
        if not is_host_known(meta.get("HTTP_HOST", meta["SERVER_NAME"]), *settings.ALLOWED_HOSTS):
            return None
        return match if not settings.SECURE_SSL_REDIRECT or request.is_secure() else None

    def find_match(self, path: str) -> ResolverMatch | None:
        if fixed := self.fixed.get(path):
            return fixed
        for pattern in self.patterns if path.startswith("/") else ():
            if match := pattern.resolve(path[1:]):
                return match
        return None

    def may_run_on_loop(self, method: str, match: ResolverMatch) -> bool:
        return ("GET" if method == "HEAD" else method, match.route) in self.loop_routes

    def respond(self, request: HttpRequest, view: ResolverMatch) -> RawResponse:
        identity = identify(request)
        request.resolver_match = view
        record_route(request)
        try:
            response = call_view(request, view)
        finally:
            end_large_read()
        if response.status_code >= 400:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        vary = response.headers.get("Vary", "")
        del response.headers["Vary"]
        names = tuple(response.headers)
        raw = RawResponse.from_django(response, request.method or "")
        raw.headers.extend(self.added_headers(request.is_secure(), names, vary))
        raw.headers.append((b"x-request-id", identity.encode("ascii")))
        return raw


def api_patterns(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[tuple[str, URLPattern]]:
    """Yield the path and pattern of each API view, in the order in which Django tries them."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            # The apps add no prefix to their paths.
            yield from api_patterns(pattern.url_patterns if str(pattern.pattern) == "" else ())
        elif issubclass(getattr(pattern.callback, "cls", object), StrictView):
            yield str(pattern.pattern), pattern


def runs_on_loop(pattern: URLPattern, method: str) -> bool:
    """Whether the operation for this method declares that it runs on the event loop."""
    # A view has methods of the same names; a view set maps them.
    name = getattr(pattern.callback, "actions", {}).get(method.lower(), method)
    operation = declared_operation(getattr(pattern.callback, "cls", None), name)
    return operation is not None and operation.runs_on_loop


@lru_cache(64)
def is_host_known(host: str, *allowed_hosts: str) -> bool:
    """Whether Django accepts this `Host`. The setting is only a key of the cache."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def call_view(request: HttpRequest, view: ResolverMatch) -> HttpResponse:
    """Return the response of the view, or Django's response to the exception that it raised."""
    try:
        response: HttpResponse = view.func(request, *view.args, **view.kwargs)
        return response.render() if isinstance(response, SimpleTemplateResponse) else response
    except SynchronousOnlyOperation:
        # It starts again in a thread.
        raise
    except Exception as error:  # noqa: BLE001  # Django logs it
        return respond_to_database_error(request, error) or response_for_exception(request, error)


def added_headers(is_secure: bool, names: tuple[str, ...], vary: str) -> Headers:  # a key of the cache
    """Return what the middleware adds to a response with headers of these names and this `Vary`."""
    scope = {"method": "GET", "path": "/", "scheme": "https" if is_secure else "http"}
    response = HttpResponse()
    del response.headers["Content-Type"]
    for name in names:
        response.headers[name] = ""
    if vary:
        response.headers["Vary"] = vary
    add_headers(ASGIRequest(scope, BytesIO()), response)
    for name in names:
        del response.headers[name]
    return encode_headers(response)
