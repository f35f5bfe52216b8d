"""What the server knows about one request: when it arrived, how long each stage took, and why it was refused."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from uuid import UUID

# Why the server did not carry out a request: `queue` if it would have waited too long, `deadline` if it took longer
# than it may, `database` if the database is away or busy, `client_gone` if the client has disconnected, `too_large` if
# the request is above a limit, `memory` if all clients together send too much.
Refusal = Literal["queue", "deadline", "database", "client_gone", "too_large", "memory"]

T = TypeVar("T")

RECORD_KEY = "notes_api.record"
# Until the head of the request has arrived.
NO_METHOD = "-"


@dataclass(slots=True)
class RequestRecord:
    """One request and its stages. Times are those of `time.monotonic()`, durations are in seconds."""

    # When the first byte of the head arrived, and when the response began and ended.
    arrived_at: float = field(default_factory=time.monotonic)
    responded_at: float = 0.0
    ended_at: float = 0.0
    id: str = ""
    method: str = NO_METHOD
    path: str = ""
    # The pattern of the URL, if Django has found the view.
    route: str = ""
    # The tool that a request to `/mcp` calls.
    tool: str = ""
    # The status that was sent; None if the client got no response.
    status: int | None = None
    account_id: UUID | None = None
    # The session or API token, or whether it was rejected.
    credential_id: UUID | None = None
    is_token_rejected: bool = False
    # How long the server waited for the client: to read earlier responses on the connection, and to send the body.
    body_seconds: float = 0.0
    # How long the request waited until the event loop or a thread began to work on it, and how long that took. The
    # present wait and the present work began at these times.
    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    queued_at: float = 0.0
    running_since: float = 0.0
    # How long it waited for the database while it ran, and for which statement longest.
    database_seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_sql: str = ""
    # The present statement, and when it began.
    statement: str = ""
    statement_since: float = 0.0
    # Returns the body, if it is short and has arrived by now. Without it, the body is awaited.
    take_body: Callable[[], bytes] | None = None
    # A statement that is sent together with the next one (`db/prepared.py`).
    prefetch: Any = None
    refusal: Refusal | None = None
    # Whether the client has disconnected, and what to call when it does.
    is_abandoned: bool = False
    when_abandoned: Callable[[], object] | None = None

    def abandon(self) -> None:
        """Call this when the client has disconnected."""
        self.is_abandoned = True
        if self.when_abandoned is not None:
            self.when_abandoned()

    @contextmanager
    def watch_client(self, when_abandoned: Callable[[], object]) -> Iterator[None]:
        """Call the function if the client disconnects before the end of this context, or has disconnected already."""
        self.when_abandoned = when_abandoned
        if self.is_abandoned:
            when_abandoned()
        try:
            yield
        finally:
            self.when_abandoned = None

    def time_run(self, work: Callable[[], T]) -> Callable[[], T]:
        """Return a function that calls `work`, and records how long it waited from now on and how long it took.

        Meanwhile this is the record of its thread or greenlet, to which `time_statement` adds.
        """
        # A request that got no connection on the event loop goes on to wait for a thread.
        self.queued_at = self.queued_at or time.monotonic()
        waiting.add(id(self))

        def timed() -> T:
            self.end_wait()
            self.running_since = time.monotonic()
            token = current_record.set(self)
            try:
                return work()
            finally:
                current_record.reset(token)
                self.end_run()

        return timed

    def end_wait(self) -> None:
        if self.queued_at:
            self.queue_seconds += time.monotonic() - self.queued_at
            self.queued_at = 0.0
            waiting.discard(id(self))

    def end_run(self) -> None:
        if self.running_since:
            self.run_seconds += time.monotonic() - self.running_since
            self.running_since = 0.0

    def end_statement(self) -> None:
        if self.statement:
            seconds = time.monotonic() - self.statement_since
            self.database_seconds += seconds
            if seconds > self.slowest_seconds:
                self.slowest_seconds, self.slowest_sql = seconds, self.statement
            self.statement = ""

    def end(self) -> None:
        """End all stages. A thread may still work on a request past its deadline."""
        self.end_wait()
        self.end_statement()
        self.end_run()
        self.ended_at = time.monotonic()

    def begin_response(self, status: int) -> None:
        self.status, self.responded_at = status, time.monotonic()

    @property
    def response_seconds(self) -> float:
        """How long the client waited for the response to begin, without the time it took to send the body."""
        return (self.responded_at or self.ended_at) - self.arrived_at - self.body_seconds


# The ids of the records whose requests wait at present.
waiting: set[int] = set()
# The record of the request that this thread, task or greenlet works on.
current_record: ContextVar[RequestRecord | None] = ContextVar("current_record", default=None)


def get_record(scope: Any) -> RequestRecord:  # Any: a dictionary, to which uvicorn gives a type of its own
    """Return the record of this request. It begins now if the protocol has not begun it."""
    record: RequestRecord | None = scope.get(RECORD_KEY)
    if record is None:
        record = scope[RECORD_KEY] = RequestRecord()
    return record


def time_statement(sql: str, run: Callable[..., T], *arguments: object) -> T:
    """Run a statement with these arguments. Its time is part of the database time of the present request.

    `sql` has placeholders instead of values, because the log may show it.
    """
    record = current_record.get()
    # A statement may run within another, such as a query within a commit.
    if record is None or record.statement:
        return run(*arguments)
    record.statement, record.statement_since = sql, time.monotonic()
    try:
        return run(*arguments)
    finally:
        record.end_statement()
