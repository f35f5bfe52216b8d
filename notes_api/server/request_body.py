"""Reading request bodies on the event loop before Django sees the request, within limits of size and time.

Long bodies go to a temporary file.
"""

import asyncio
import logging
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO, TypeVar

from django.conf import settings

from notes_api.monitoring.request_record import get_record
from notes_api.server.admission import ClientDisconnected, do_nothing
from notes_api.server.asgi_types import Receive, Scope
from notes_api.server.memory_budget import Holding, incoming, spooled
from notes_api.server.thread_pool import Job, ThreadPool

logger = logging.getLogger(__name__)

Authorize = Callable[[], Awaitable[None]]
V = TypeVar("V")

# Bytes of a body that are kept in memory. A longer body goes to a file.
MEMORY_LIMIT = 64 * 1024
# Seconds a client may pause between two chunks.
CHUNK_TIMEOUT = 30.0
# Bytes per second that a client must reach on average.
MIN_RATE = 64 * 1024
# How much is still read after an early response, in bytes and seconds. Closing a socket that holds unread bytes resets
# the connection, and a reset discards the response before the client has read it.
DISCARD_BYTES = 16 * 1024 * 1024
DISCARD_SECONDS, DISCARD_PAUSE = 5.0, 1.0


class EarlyError(Exception):
    """An error that the server reports without calling Django."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class BodyReader:
    """Reads the body of one request within the limits of its path."""

    def __init__(self, scope: Scope, receive: Receive, file_pool: ThreadPool) -> None:
        self.receive, self.file_pool = receive, file_pool
        self.record = get_record(scope)
        headers = dict(scope["headers"])
        self.is_chunked = b"transfer-encoding" in headers
        self.declared_size = int(headers.get(b"content-length", 0))
        self.size = 0
        self.has_body = self.is_chunked or self.declared_size > 0
        if self.has_body:
            self.prepare(scope)

    def prepare(self, scope: Scope) -> None:
        self.limit = longest_match(scope["path"], settings.BODY_LIMITS, settings.BODY_LIMIT)
        # While the body is awaited: until when the next chunk must have arrived, and until when all of it.
        self.deadline: asyncio.Timeout | None = None
        self.ends_at = 0.0
        self.is_authorized = self.is_evicted = False
        self.in_memory = Holding(incoming, self.evict)
        # Held while a thread writes to the file of the body, or closes it.
        self.file_lock = threading.Lock()
        self.in_file = Holding(spooled, self.evict)
        lists = [value.lower() for name, value in scope["headers"] if name == b"content-encoding"]
        self.encodings = {encoding.strip() for encoding in b",".join(lists).split(b",")}

    async def read(self, authorize: Authorize) -> IO[bytes]:
        """Return the whole body as a file positioned at its start.

        `authorize` checks the credentials before more than BODY_LIMIT bytes are read, and raises an exception unless
        they are valid. Raises `EarlyError` (408, 413, 415, 503) and `ClientDisconnected`. The body counts towards the
        budgets until `release`.
        """
        if not self.has_body:
            return BytesIO()
        try:
            body = await self.read_within_limits(authorize)
        except BaseException:
            self.release()
            raise
        self.in_memory.keep()
        self.in_file.keep()
        return body

    async def read_within_limits(self, authorize: Authorize) -> IO[bytes]:
        # It refers to the connection, so the record does not keep it.
        take_body, self.record.take_body = self.record.take_body, None
        if self.encodings - {b"identity", b""}:
            raise EarlyError(415, "unsupported_media_type", "Send the body without Content-Encoding.")
        # This comes before the first chunk is requested, because requesting it answers `Expect: 100-continue`.
        await self.check_size(self.declared_size, authorize)
        return await (self.collect_in_time(authorize) if take_body is None else self.accept(take_body(), authorize))

    async def accept(self, content: bytes, authorize: Authorize) -> IO[bytes]:
        """Return the body that has arrived together with the head. If its client has disconnected, it may be empty."""
        if self.record.is_abandoned:
            raise ClientDisconnected
        await self.add_chunk(content, authorize)
        return BytesIO(content)

    async def collect_in_time(self, authorize: Authorize) -> IO[bytes]:
        self.ends_at = time.monotonic() + CHUNK_TIMEOUT + self.limit / MIN_RATE
        try:
            async with asyncio.timeout_at(self.ends_at) as self.deadline:
                return await self.collect(authorize)
        except TimeoutError:
            if self.is_evicted:
                raise self.overloaded() from None
            raise EarlyError(408, "request_timeout", "The body did not arrive in time.") from None

    def release(self) -> None:
        """Stop counting the body towards the budgets."""
        if self.has_body:
            for holding in (self.in_memory, self.in_file):
                holding.release()
                # It refers to this reader, which would stay until the next garbage collection.
                holding.evict = do_nothing

    def evict(self) -> None:
        """Stop reading, because all requests together have sent too much."""
        self.set_deadline(0)
        self.is_evicted = True

    def set_deadline(self, when: float) -> None:
        # One that has just expired cannot be changed. It stops the reader anyway.
        if self.deadline is not None and not self.is_evicted and not self.deadline.expired():
            self.deadline.reschedule(when)

    async def check_size(self, size: int, authorize: Authorize) -> None:
        """Raise `EarlyError` (413) if `size` bytes are too many for this path. Above BODY_LIMIT, authorize first."""
        if size <= settings.BODY_LIMIT:
            return
        # If the limit of the path is not higher for authenticated clients, the credentials do not matter.
        if self.limit > settings.BODY_LIMIT and not self.is_authorized:
            await authorize()
            self.is_authorized = True
        if size > self.limit:
            self.record.refusal = "too_large"
            raise EarlyError(413, "payload_too_large", f"The body is longer than {self.limit} bytes.")

    async def collect(self, authorize: Authorize) -> IO[bytes]:
        chunk, is_last = await self.read_chunk(authorize)
        if is_last and self.size <= MEMORY_LIMIT:
            return BytesIO(chunk)
        body: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_LIMIT, dir=settings.SPOOL_DIR)  # noqa: SIM115
        try:
            await self.write(body, chunk)
            while not is_last:
                chunk, is_last = await self.read_chunk(authorize)
                await self.write(body, chunk)
        except BaseException:
            # A thread may still be writing.
            self.file_pool.put(Job(partial(self.close_file, body)))
            raise
        body.seek(0)
        return body

    async def read_chunk(self, authorize: Authorize) -> tuple[bytes, bool]:
        """Return the next chunk and whether it is the last."""
        began = time.monotonic()
        self.set_deadline(min(self.ends_at, began + CHUNK_TIMEOUT))
        try:
            message = await self.receive()
        finally:
            self.record.body_seconds += time.monotonic() - began
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        # What the server does with the chunk is not a pause of the client.
        self.set_deadline(self.ends_at)
        chunk: bytes = message.get("body", b"")
        await self.add_chunk(chunk, authorize)
        return chunk, not message.get("more_body", False)

    async def add_chunk(self, chunk: bytes, authorize: Authorize) -> None:
        self.size += len(chunk)
        self.count(len(chunk))
        await self.check_size(self.size, authorize)

    def count(self, chunk_size: int) -> None:
        """Count the bytes read so far; raises `EarlyError` (503) if there is no room for them."""
        if self.size <= MEMORY_LIMIT:
            self.in_memory.resize(self.size)
        else:
            # They stay in memory until `write` has moved them to the file.
            self.in_memory.resize(self.in_memory.size + chunk_size)
            self.in_file.resize(self.size)
        if self.is_evicted:
            raise self.overloaded()

    def overloaded(self) -> EarlyError:
        self.record.refusal = "memory"
        return EarlyError(503, "overloaded", "The service receives too much data at the moment. Try again soon.")

    async def write(self, body: IO[bytes], chunk: bytes) -> None:
        if self.size <= MEMORY_LIMIT:
            body.write(chunk)
        else:
            try:  # in a thread, because writing to disk may block
                await self.file_pool.run(partial(self.write_to_file, body, chunk))
            except OSError:
                logger.exception("A request body could not be written to a temporary file")
                raise EarlyError(503, "service_unavailable", "The body cannot be stored at the moment.") from None
            self.in_memory.release()

    def write_to_file(self, body: IO[bytes], chunk: bytes) -> None:
        with self.file_lock:
            body.write(chunk)
            # What is left in a buffer might find the disk full on the event loop, which reads the file.
            body.flush()

    def close_file(self, body: IO[bytes]) -> None:
        # On a full disk it tries in vain to write what is left.
        with self.file_lock, suppress(OSError):
            body.close()


def set_content_length(scope: Scope, size: int) -> Scope:
    """Return the scope of a chunked request with a Content-Length. DRF takes a request without one as empty."""
    headers = [header for header in scope["headers"] if header[0] not in (b"transfer-encoding", b"content-length")]
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % size)]}


def longest_match(path: str, values: Mapping[str, V], default: V) -> V:
    """Return the value of the longest key that equals the path or is a prefix of it in whole segments."""
    matching = [prefix for prefix in values if path == prefix or path.startswith(prefix.rstrip("/") + "/")]
    return values[max(matching, key=len)] if matching else default


async def discard_body(receive: Receive) -> None:
    """Read and discard what the client still sends, up to DISCARD_BYTES and DISCARD_SECONDS."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while size < DISCARD_BYTES:
                async with asyncio.timeout(DISCARD_PAUSE):
                    message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
