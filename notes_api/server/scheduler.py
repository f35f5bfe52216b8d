"""Decides where and when a request runs: on the event loop, in a thread for requests, or in a thread for hashing."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection
from django.urls import get_resolver

from notes_api.monitoring.request_record import get_record
from notes_api.server.asgi_types import Scope
from notes_api.server.client_keys import ClientKeys
from notes_api.server.fair_queue import FairQueue
from notes_api.server.fair_thread_pool import FairThreadPool, Place
from notes_api.server.hashing_paths import hashing_paths
from notes_api.server.loop_pool import LoopPool
from notes_api.server.request_body import longest_match
from notes_api.server.request_queue import RequestQueue, works_of_bodies

T = TypeVar("T")
Work = Callable[[], T]

# More threads than this compete for the interpreter lock. Fewer leave it idle while PostgreSQL works. On SQLite most of
# them wait for the commit that they share.
REQUEST_THREADS = {"postgresql": 4, "sqlite": 8}
# Seconds that a request may wait to hash a password. Its own time begins afterwards. A class of forty people that logs
# in from one address takes 5 seconds on two cores.
HASHING_WAIT = 30.0
# Bytes of the longest body with which a request waits for its turn while its refusal is delayed: the bodies of one
# client must not fill the memory for those of all.
WAITING_BODY = 8 * 1024
# Seconds within which a request without a deadline is refused.
REFUSAL_LIMIT = 5.0


class Scheduler:
    def __init__(self) -> None:
        self.client_keys = ClientKeys()
        self.loop_pool = LoopPool()
        threads = REQUEST_THREADS[connection.vendor]
        self.request_queue = RequestQueue(threads, dict(works_of_bodies(get_resolver().url_patterns)))
        self.request_pool = FairThreadPool("requests", threads, self.request_queue)
        # Hashing keeps a core busy for a quarter of a second. Many log-ins at once must not block other requests.
        self.hashing_paths = frozenset(hashing_paths(get_resolver().url_patterns))
        cores = max(1, (os.cpu_count() or 1) // settings.WEB_CONCURRENCY)
        hashing_queue = FairQueue(cores, per_client=1, max_wait=HASHING_WAIT)
        self.hashing = hashing_queue.add_kind(1, seconds=0.25)
        self.hashing_pool = FairThreadPool("hashing", cores, hashing_queue)

    async def run(self, scope: Scope, body: bytes | None, in_thread: Work[T], on_loop: Work[T] | None = None) -> T:
        """Run one of the functions when it is the turn of the request's client, and return its result.

        `on_loop` is preferred if the request is short. `body` is None if it is not in memory. Raises `Overloaded`,
        `DeadlineExceeded` and `ClientDisconnected`.
        """
        record, client, timeout = get_record(scope), self.client_keys.find(scope), request_timeout(scope)
        if record.account_id is None and isinstance(client, UUID):
            # For the log, if the request is refused before its credentials are checked.
            record.account_id = client
        # The time that the client took to send the body does not count.
        received_at = record.arrived_at + record.body_seconds
        deadline = received_at + timeout if timeout else None
        ends_at = deadline or received_at + REFUSAL_LIMIT
        if scope["path"] in self.hashing_paths and scope["method"] in ("POST", "PATCH"):
            place = Place(client, self.hashing, record, ends_at)
            must_begin_at = received_at + HASHING_WAIT if timeout else None
            return await self.hashing_pool.run_in_turn(in_thread, place, must_begin_at, timeout or None)
        may_wait = body is not None and len(body) <= WAITING_BODY
        place = Place(client, self.request_queue.kind_of(scope, body), record, ends_at, may_wait)
        if on_loop is not None and place.kind is self.request_queue.reads:
            with suppress(SynchronousOnlyOperation):
                return await self.loop_pool.run(record.time_run(on_loop), place, deadline)
        return await self.request_pool.run_in_turn(in_thread, place, deadline)

    def stop(self) -> None:
        self.loop_pool.stop()
        for pool in (self.request_pool, self.hashing_pool):
            pool.stop()


def request_timeout(scope: Scope) -> float:
    """Return the seconds that this request may take; 0 means no limit."""
    return longest_match(scope["path"], settings.REQUEST_TIMEOUTS, settings.REQUEST_TIMEOUT)
