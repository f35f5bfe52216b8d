"""A call of a tool as the request that it stands for."""

import json
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from notes.serializers.parts import Summarize
from notes_api.rest.json_types import JSON

# What the request inherits: who sends it, and how the server is reached. No other header of the call has a meaning for
# the operation.
INHERITED = (
    "HTTP_AUTHORIZATION",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "REMOTE_ADDR",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
)


class OperationRequest(HttpRequest):
    """A request for one operation, made from a request to `/mcp`."""

    resolver_match = None
    # What a list shows of each note; None for all that the operation returns.
    summarize: Summarize | None = None

    def __init__(self, outer: HttpRequest, method: str, path: str, query: dict[str, Any] | None) -> None:  # Any: texts
        # Like the requests of Django's handlers, it does without `HttpRequest.__init__`, which makes six dictionaries.
        text = urlencode(query, doseq=True) if query else ""
        inherited = {name: outer.META[name] for name in INHERITED if name in outer.META}
        self.META = {**inherited, "REQUEST_METHOD": method, "QUERY_STRING": text, "HTTP_ACCEPT": "application/json"}
        self.method, self.path_info = method, path
        self.path = f"{self.META.get('SCRIPT_NAME', '')}{path}"
        # The path for which the client needs a token.
        self.received_path = outer.path_info
        self.id: str = outer.id  # type: ignore[attr-defined]  # our own
        self._stream, self._read_started = BytesIO(), False

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802  # as Django's requests have it
        return QueryDict(self.META["QUERY_STRING"])

    def set_body(self, body: JSON) -> None:
        # Not orjson: it rejects integers of more than 64 bits, which the serializer should report instead.
        encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        self.META |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(encoded))}
        self._stream = BytesIO(encoded)
