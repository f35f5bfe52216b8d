"""The queue of requests that need a thread: which kinds of work there are, and how much of each one client may do."""

import re
from urllib.parse import unquote_to_bytes

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


class RequestQueue(FairQueue):
    """Gives one client half of the threads for reads, and half for writes, but always leaves some to others.

    The writes of one account wait for each other, and on SQLite all writes do. One thread is therefore reserved for
    reads that cost little.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads, per_client=threads // 2 + 1)
        slow = Limit(threads - 1)
        self.reads = self.add_kind(threads // 2, 0.005)
        self.costly_reads = self.add_kind(1, 0.05, slow)
        self.writes = self.add_kind(threads // 2, 0.005, slow)
        self.large_writes = self.add_kind(1, 0.1, slow, Limit(1))

    def kind_of(self, scope: Scope) -> Kind:
        if scope["method"] in SAFE_METHODS:
            is_slow = scope["path"] in COSTLY_PATHS or is_costly(scope["query_string"])
            return self.costly_reads if is_slow else self.reads
        size = next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
        return self.large_writes if size > LARGE_BODY else self.writes


def is_costly(query: bytes) -> bool:
    # The name of a parameter may be percent-encoded.
    return bool(query) and COSTLY_PARAMETERS.search(unquote_to_bytes(query)) is not None
