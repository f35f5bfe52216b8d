"""Content negotiation."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# The values of `Accept` that nearly all clients send.
COMMON = ("*/*", "application/json")


class FastNegotiation(DefaultContentNegotiation):
    """DRF's negotiation (RFC 9110, section 12.5.1), which skips parsing `Accept` if its value is a common one."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:  # Any: DRF's type
        """Return the parser for the request's Content-Type, or None, which becomes a 415.

        Only `Accept` may contain wildcards. DRF would read a body of type `*/*` with its first parser.
        """
        if "*" in (request.content_type or "").partition(";")[0]:
            return None
        chosen: BaseParser | None = super().select_parser(request, parsers)
        return chosen

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:  # Any: DRF's type
        first: BaseRenderer = renderers[0]
        if first.media_type == "application/json" and request.META.get("HTTP_ACCEPT", "*/*") in COMMON:
            return first, "application/json"
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen
