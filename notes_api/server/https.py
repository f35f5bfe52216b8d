"""Plain HTTP where HTTPS is required."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase

from notes_api.rest.problems import problem_response
from notes_api.server.error_response import add_headers
from notes_api.server.middleware import PAGES, PROBE_PATHS, page_of


class HttpsMiddleware:
    """Over plain HTTP, redirects to the pages and rejects everything else.

    Most clients follow a redirect of a POST with a GET, and would take its response for the success of a write. A
    program that is redirected also sends its token over plain HTTP with each request, and nobody notices.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.is_secure() or not settings.SECURE_SSL_REDIRECT or request.path_info in PROBE_PATHS:
            return self.get_response(request)
        response = self.redirect(request) if is_page(request) else self.reject(request)
        add_headers(request, response)
        return response

    def redirect(self, request: HttpRequest) -> HttpResponse:
        address = f"{settings.PUBLIC_BASE_URL.origin}{request.get_full_path()}"
        return HttpResponsePermanentRedirect(address, preserve_request=True)

    def reject(self, request: HttpRequest) -> HttpResponse:
        detail = f"Send this request to {settings.PUBLIC_BASE_URL}: this server accepts HTTPS only."
        return problem_response(request, 403, "https_required", detail)


def is_page(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") and page_of(request.path_info) in PAGES
