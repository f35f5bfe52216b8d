"""The queue of requests that need a thread: which kinds of work there are, and how much of each one client may do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from django.urls import URLPattern, URLResolver
from rest_framework.permissions import SAFE_METHODS

from notes_api.server.admission import Kind, Limit
from notes_api.server.asgi_types import Scope
from notes_api.server.fair_queue import FairQueue

# Bytes of a body from which only one request is processed at a time: it can take up many times as much memory.
LARGE_BODY = 1024 * 1024
# Exports, and the query parameters of searches, tag filters and counts: what these cost depends on the size of the
# account.
COSTLY_PATHS = frozenset({"/export"})
COSTLY_PARAMETERS = re.compile(rb"(?:^|&)(?:q|tag|count)=")
# The attribute of a view whose requests call tools: the kind of work of each tool, by its name.
TOOL_WORK = "work_of_tools"
ToolWork = Mapping[str, Mapping[bytes, str]]


class RequestQueue(FairQueue):
    """Gives one client half of the threads for reads, and half for writes, but always leaves some to others.

    The writes of one account wait for each other, and on SQLite all writes do. One thread is therefore reserved for
    reads that cost little.
    """

    def __init__(self, threads: int, tools: ToolWork | None = None) -> None:
        super().__init__(threads, per_client=threads // 2 + 1)
        # By path, see `work_of_tools`.
        self.tools = tools or {}
        slow = Limit(threads - 1)
        self.reads = self.add_kind(threads // 2, 0.005)
        self.costly_reads = self.add_kind(1, 0.05, slow)
        self.writes = self.add_kind(threads // 2, 0.005, slow)
        self.imports = self.add_kind(1, 1.0, slow, Limit(1))
        self.large_writes = self.add_kind(1, 0.1, slow, Limit(1))

    def kind_of(self, scope: Scope) -> Kind:
        if scope["method"] in SAFE_METHODS:
            is_slow = scope["path"] in COSTLY_PATHS or is_costly(scope["query_string"])
            return self.costly_reads if is_slow else self.reads
        if scope["path"] == "/imports":
            return self.imports
        size = next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
        if size > LARGE_BODY:
            return self.large_writes
        tools = self.tools.get(scope["path"])
        return self.writes if tools is None else self.kind_of_call(scope, tools)

    def kind_of_call(self, scope: Scope, tools: Mapping[bytes, str]) -> Kind:
        """Return the kind of work of the tool in `Mcp-Name`, which the view compares with the body.

        Earlier revisions of the protocol do not have this header. Such a call may be a search, so it counts as one.
        """
        name = next((value for name, value in scope["headers"] if name == b"mcp-name"), b"")
        kind: Kind = getattr(self, tools.get(name, "costly_reads"))
        return kind


def is_costly(query: bytes) -> bool:
    # The name of a parameter may be percent-encoded.
    return bool(query) and COSTLY_PARAMETERS.search(unquote_to_bytes(query)) is not None


def work_of_tools(
    patterns: Sequence[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, Mapping[bytes, str]]]:
    """Yield the path of each view whose requests call tools, and the kind of work of each of them."""
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from work_of_tools(pattern.url_patterns, path)
        elif work := getattr(getattr(pattern.callback, "cls", None), TOOL_WORK, None):
            yield path, work
