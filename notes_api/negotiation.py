"""Which representation a client gets."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# What nearly every client asks for, if it asks at all.
COMMON = ("*/*", "application/json")


class QuickNegotiation(DefaultContentNegotiation):
    """DRF's (RFC 9110, section 12.5.1), which reads no list where there is nothing to choose."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:  # Any: DRF's type
        first: BaseRenderer = renderers[0]
        if first.media_type == "application/json" and request.META.get("HTTP_ACCEPT", "*/*") in COMMON:
            return first, "application/json"
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen
