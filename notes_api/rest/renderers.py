"""Renderers: JSON with orjson, and Markdown unchanged."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from notes_api.rest.json_types import JSON


def encode_json(data: JSON) -> bytes:
    """Return UTF-8 JSON. UUIDs become strings, and times become RFC 3339 in UTC."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class FastJSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset: str | None = None
    render_style = "binary"

    def render(
        self,
        data: JSON,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> bytes:
        return b"" if data is None else encode_json(data)


class OpenAPIRenderer(FastJSONRenderer):
    """The OpenAPI document under its own media type."""

    media_type = "application/vnd.oai.openapi+json"
    format = "openapi"


class MarkdownRenderer(FastJSONRenderer):
    """Returns text unchanged (RFC 7763); errors remain JSON."""

    media_type = "text/markdown"
    format = "md"
    charset = "utf-8"

    def render(
        self,
        data: JSON,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,  # Any: as above
    ) -> bytes:
        if isinstance(data, str):
            return data.encode()
        return super().render(data, accepted_media_type, renderer_context)


class DiffRenderer(MarkdownRenderer):
    """Returns a unified diff; errors remain JSON."""

    media_type = "text/x-diff"
    format = "diff"


class Utf8Response(Response):
    """A response whose charset is known. Django would search its headers for it, twice for each response."""

    charset = "utf-8"


class TextResponse(Utf8Response):
    """A response with text, which may be empty, or without a body (None). DRF omits the Content-Type of both."""

    @property
    def rendered_content(self) -> Any:  # Any: bytes, but the stubs of DRF say str
        content = super().rendered_content
        renderer = self.accepted_renderer
        if self.data is not None:
            self["Content-Type"] = f"{renderer.media_type}; charset={renderer.charset}"
        return content
