"""The base class of the pages that people see: rendered here, without scripts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.template.loader import render_to_string
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# No cache may store the pages, and no other site may show them in a frame.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}


class PageRenderer(BaseRenderer):
    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(
        self,
        data: Mapping[str, object],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> str:
        context = dict(data)
        return render_to_string(str(context.pop("template", "accounts/link.html")), context)


class HtmlPage(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser]

    schema = None

    page_headers: ClassVar[Mapping[str, str]] = PAGE_HEADERS

    def handle_exception(self, exc: Exception) -> Response:
        """Show the error that the API would return, as a page."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = PageRenderer()
        self.request.accepted_media_type = PageRenderer.media_type
        response.content_type = None
        response.data = self.error_context(response.data)
        return response

    def error_context(self, problem: Mapping[str, Any]) -> dict[str, object]:  # Any: JSON
        return {"title": "This did not work", "text": problem["detail"]}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        return PageRenderer(), PageRenderer.media_type

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, **self.page_headers}
