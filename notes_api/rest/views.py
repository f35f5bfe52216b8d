"""The base class of API views."""

from typing import Any, NoReturn

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notes_api.rest.conditional import require_supported
from notes_api.rest.operation import declared_operation
from notes_api.rest.query_params import QueryParams, read_query
from notes_api.rest.storage_full import require_room_for_request
from notes_api.rest.throttling import TooManyRequests

# `Allow` and `Vary` of each class of views.
CLASS_HEADERS: dict[tuple[Any, ...], dict[str, str]] = {}  # Any: a class and the methods of a route


class StrictView(APIView):
    """Rejects query parameters that the operation does not declare, and answers OPTIONS with `Allow`."""

    query: dict[str, Any]  # Any: each parameter has its own type

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:  # Any: DRF's signature
        """Return DRF's request with the attributes that are used most, which it would look up in Django's each time."""
        initialized = super().initialize_request(request, *args, **kwargs)
        initialized.method, initialized.META = request.method, request.META
        return initialized

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # Any: as above
        super().initial(request, *args, **kwargs)
        operation = declared_operation(self, request.method)
        is_supported = hasattr(self, (request.method or "").lower())
        # DRF responds with 405 next if the method is not supported, even if the query is invalid.
        if operation is not None and operation.stores_data:
            request._request.stores_data = True  # type: ignore[attr-defined]  # our own
            require_room_for_request()
        if is_supported:
            require_supported(request, operation.preconditions if operation else ())
        self.query = read_query(request, operation.query if operation else QueryParams) if is_supported else {}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Choose the renderer. Only an operation whose response has content returns 406."""
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable:
            operation = declared_operation(self, request.method)
            if operation is not None and operation.has_content:
                raise
            return super().perform_content_negotiation(request, force=True)

    def throttled(self, request: Request, wait: float) -> NoReturn:
        raise TooManyRequests(wait)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Add `Accept-Patch` to responses to OPTIONS and PATCH (RFC 5789, sections 2.2 and 3.1)."""
        headers = self.allow_and_vary()
        if "PATCH" in headers["Allow"] and self.request.method in ("OPTIONS", "PATCH"):
            headers["Accept-Patch"] = ", ".join(parser.media_type for parser in self.parser_classes)
        return headers

    def allow_and_vary(self) -> dict[str, str]:
        """Return DRF's headers, which are the same for all requests of a class and its routes."""
        # A view set handles the methods that its route names.
        key = (type(self), *getattr(self, "action_map", {}))
        if key not in CLASS_HEADERS:
            CLASS_HEADERS[key] = super().default_response_headers
        return dict(CLASS_HEADERS[key])

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:  # Any: as above
        return Response(status=204)


def break_cycles(response: HttpResponseBase) -> None:
    """Release the data of the request and the response at once.

    DRF's response, view and request refer to each other. Pages of several MiB would otherwise stay in memory until the
    next full garbage collection.
    """
    context = getattr(response, "renderer_context", None)
    if context is not None:
        for part in (context.get("view"), context.get("request")):
            vars(part).clear()
        context.clear()
