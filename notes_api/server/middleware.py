"""Middleware for request ids, routes in the access log, client addresses behind proxies, and security headers."""

import re
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix
from django.utils.cache import patch_vary_headers

from notes_api.db.storage import is_disk_full
from notes_api.monitoring.logs import log_failure
from notes_api.monitoring.request_record import current_record
from notes_api.rest.error_handlers import bad_request
from notes_api.rest.large_reads import end_large_read
from notes_api.rest.problems import choose_request_id, is_outdated, is_retryable, unavailable_response
from notes_api.rest.storage_full import storage_full_response
from notes_api.server.migrated import respond_before_migration
from notes_api.server.proxies import trust_proxies

API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
# What browsers may load in the pages, and in what is below them.
PAGE_POLICIES = {
    "/admin": "default-src 'self'; object-src 'none'; img-src 'self' data:; frame-ancestors 'none';"
    " form-action 'self'; base-uri 'none'",
    "/docs": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "/redoc": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'",
}
# All pages. Those after the policies have headers of their own; some are operations too.
PAGES = (*PAGE_POLICIES, "/email/verify", "/password/reset/confirm", "/authorize", "/device")
FILES = "/static"
PAGE = re.compile(rf"({'|'.join(map(re.escape, (*PAGES, FILES)))})(?:/|\Z)")
# Probes and Prometheus use the address of a container as the host, and plain HTTP. They change nothing.
PROBE_PATHS = ("/livez", "/readyz", "/metrics")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestMiddleware:
    """Gives the request an id, records its route, and responds 503 while the database is unavailable or busy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        identity = identify(request)
        try:
            response = self.get_response(request)
        finally:
            end_large_read()
        response["X-Request-ID"] = identity
        record_route(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return respond_to_database_error(request, exception)


def identify(request: HttpRequest) -> str:
    """Give the request its id, and return it. Without a record, the request has not come through the server."""
    record = current_record.get()
    identity = record.id if record is not None and record.id else choose_request_id(request.headers.get("X-Request-ID"))
    request.id = identity  # type: ignore[attr-defined]  # our own
    return identity


def record_route(request: HttpRequest) -> None:
    """Record the pattern of the URL. The check of credentials before a long body routes every path to one view."""
    record = current_record.get()
    if record is not None and request.resolver_match is not None and not hasattr(request, "urlconf"):
        record.route = request.resolver_match.route


def respond_to_database_error(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return 503 if the database is unavailable, busy or not migrated, 507 if its disk is full; otherwise None."""
    if not is_retryable(error):
        return respond_before_migration(request, error)
    log_failure(error)
    if is_outdated(error):
        connection.close()
    return storage_full_response(request) if is_disk_full(error) else unavailable_response(request)


class TrustedProxyMiddleware:
    """Uses the headers of the proxies in TRUSTED_PROXIES, and ignores those of anyone else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trust_proxies(request)
        # Pages and the admin build their links with it.
        set_script_prefix(f"{request.META.get('SCRIPT_NAME', '')}/")
        return self.get_response(request)


class HeadersMiddleware:
    """Rejects unknown hosts, and adds the headers for caching and for the security of browsers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PROBE_PATHS:
            return self.get_response(request)
        try:
            request.get_host()
        except DisallowedHost as error:
            response: HttpResponseBase = bad_request(request, error)
        else:
            response = self.get_response(request)
        return self.process_response(request, response)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        page = page_of(request.path_info)
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICIES.get(page, API_POLICY))
        if page != FILES and page not in PAGE_POLICIES:
            response.headers.setdefault("Cache-Control", "private, no-cache")
            patch_vary_headers(response, ["Authorization", "Accept"])
        return response


def page_of(path: str) -> str:
    """Return the page at or above the path, `/static` for the files of the pages, `/` for the API."""
    match = PAGE.match(path)
    return match[1] if match else "/"
