"""What every request gets: an id, an honest address, headers that close doors, and a problem when something breaks."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from notes_api.addresses import meant_by
from notes_api.handlers import bad_request
from notes_api.problems import is_outdated, is_retryable, request_id, unavailable

logger = logging.getLogger("notes_api.access")

PAGE_POLICIES = {
    "/admin/": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "/docs": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "/redoc": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestMiddleware:
    """Names the request, logs it, and answers 503 while the database is away or busy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request.id = request_id(request.headers.get("X-Request-ID"))  # type: ignore[attr-defined]  # ours to add
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]  # as above
        # A long body is only read once its credentials are checked: that look is no request of its own.
        level = logging.DEBUG if hasattr(request, "urlconf") else logging.INFO
        logger.log(
            level,
            "%s %s %d %.1f ms %s",
            request.method,
            request.path,
            response.status_code,
            (time.perf_counter() - started) * 1000,
            request.id,  # type: ignore[attr-defined]  # as above
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_retryable(exception):
            return None
        if is_outdated(exception):
            connection.close()
        return unavailable(request)


class TrustedProxyMiddleware:
    """Believes `X-Forwarded-For` and `X-Forwarded-Proto` from TRUSTED_PROXIES, and from nobody else.

    The client is the last address in the list that is not a trusted proxy itself: what stands before it was
    written by the client.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META["REMOTE_ADDR"] = self.client(request.META["REMOTE_ADDR"], forwarded)
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def client(self, peer: str, forwarded: str) -> str:
        for address in reversed([word.strip() for word in forwarded.split(",") if word.strip()]):
            if not is_address(address):
                return peer
            peer = address
            if not is_trusted(address):
                return peer
        return peer


class HeadersMiddleware:
    """Refuses unknown hosts and says to caches, browsers and frames what they may do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in ("/livez", "/readyz"):
            # Probes come by the address of a container; they learn nothing and change nothing.
            return self.get_response(request)
        try:
            request.get_host()
        except DisallowedHost as error:
            response: HttpResponseBase = bad_request(request, error)
        else:
            response = self.get_response(request)
        return self.process_response(request, response)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", policy_of(request.path))
        if not request.path.startswith(("/static/", "/admin/", "/docs", "/redoc")):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            patch_vary_headers(response, ["Authorization", "Accept"])
        return response


def policy_of(path: str) -> str:
    return next((policy for prefix, policy in PAGE_POLICIES.items() if path.startswith(prefix)), API_POLICY)


def is_address(text: str) -> bool:
    try:
        meant_by(text)
    except ValueError:
        return False
    return True


def is_trusted(text: str) -> bool:
    return is_address(text) and any(meant_by(text) in network for network in settings.TRUSTED_PROXIES)
