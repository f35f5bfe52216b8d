"""JSON out, by orjson; and text as it is."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


def as_bytes(data: Any) -> bytes:  # Any: whatever JSON holds
    """JSON with ids as their text and moments as RFC 3339 writes them, in UTC."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class FastJSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset: str | None = None
    render_style = "binary"

    def render(
        self,
        data: Any,  # Any: whatever JSON holds
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else as_bytes(data)


class MarkdownRenderer(FastJSONRenderer):
    """Text as it is (RFC 7763); a refusal stays JSON."""

    media_type = "text/markdown"
    format = "md"
    charset = "utf-8"

    def render(
        self,
        data: Any,  # Any: as above
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if isinstance(data, str):
            return data.encode()
        return super().render(data, accepted_media_type, renderer_context)
