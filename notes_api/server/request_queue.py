"""The queue of requests that need a thread: which kinds of work there are, and how much of each one client may do."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
# The attribute of a view whose requests differ by their bodies: it returns the name of one of the kinds below.
WORK_OF_BODY = "work_of_body"
WorkOfBody = Callable[[bytes], str]


class RequestQueue(FairQueue):
    """Gives one client half of the threads for reads, and half for writes, but always leaves some to others.

    The writes of one account wait for each other, and on SQLite all writes do. One thread is therefore reserved for
    reads that cost little.
    """

    def __init__(self, threads: int, works: Mapping[str, WorkOfBody] | None = None) -> None:
        super().__init__(threads, per_client=threads // 2 + 1)
        # By path, see `works_of_bodies`.
        self.works = works or {}
        slow = Limit(threads - 1)
        self.reads = self.add_kind(threads // 2, 0.005)
        self.costly_reads = self.add_kind(1, 0.05, slow)
        self.writes = self.add_kind(threads // 2, 0.005, slow)
        self.imports = self.add_kind(1, 1.0, slow, Limit(1))
        self.large_writes = self.add_kind(1, 0.1, slow, Limit(1))

    def kind_of(self, scope: Scope, body: bytes | None = b"") -> Kind:
        """Return the kind of work of a request. `body` is None if it is not in memory."""
        if scope["method"] in SAFE_METHODS:
            is_slow = scope["path"] in COSTLY_PATHS or is_costly(scope["query_string"])
            return self.costly_reads if is_slow else self.reads
        if scope["path"] == "/imports":
            return self.imports
        size = next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
        if size > LARGE_BODY:
            return self.large_writes
        if work_of_body := self.works.get(scope["path"]):
            # A long body may belong to a costly read.
            kind: Kind = getattr(self, "costly_reads" if body is None else work_of_body(body))
            return kind
        return self.writes


def is_costly(query: bytes) -> bool:
    # The name of a parameter may be percent-encoded.
    return bool(query) and COSTLY_PARAMETERS.search(unquote_to_bytes(query)) is not None


def works_of_bodies(
    patterns: Sequence[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, WorkOfBody]]:
    """Yield the path of each view whose requests differ by their bodies, and the function that tells them apart."""
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from works_of_bodies(pattern.url_patterns, path)
        elif work_of_body := getattr(getattr(pattern.callback, "cls", None), WORK_OF_BODY, None):
            yield path, work_of_body
