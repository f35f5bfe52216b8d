"""Reading request bodies on the event loop, before Django sees the request: limits, time-outs, a file for long ones."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from io import BytesIO
from typing import IO, TypeVar

from django.conf import settings

from notes_api.asgi_types import Receive, Scope
from notes_api.lanes import Lane

logger = logging.getLogger(__name__)

Vet = Callable[[], Awaitable[None]]
V = TypeVar("V")

# Bytes of a body that are kept in memory; a longer one waits in a file.
MEMORY_LIMIT = 1024 * 1024
# Seconds a client may pause between two chunks.
CHUNK_TIMEOUT = 30.0
# Bytes per second: a client that is slower on the whole is not waited for.
SLOWEST_RATE = 64 * 1024
# How much is still read after an early answer, in bytes and seconds: closing a socket that holds unread bytes
# resets the connection, and a reset discards the answer before the client has read it.
DRAIN_BYTES = 16 * 1024 * 1024
DRAIN_SECONDS = 5.0
DRAIN_PAUSE = 1.0


class ClientGone(Exception):
    """The client left before its request was complete: there is nobody to answer."""


class Refusal(Exception):
    """A problem that is answered without asking Django."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class BodyReader:
    """Reads the body of one request within the limits of its path."""

    def __init__(self, scope: Scope, receive: Receive, files: Lane) -> None:
        self.receive = receive
        self.files = files
        headers = dict(scope["headers"])
        self.is_chunked = b"transfer-encoding" in headers
        self.declared = int(headers.get(b"content-length", 0))
        self.limit = longest_match(scope["path"], settings.BODY_LIMITS, settings.BODY_LIMIT)
        self.is_vetted = False
        self.size = 0

    async def read(self, vet: Vet) -> IO[bytes]:
        """The whole body, at its beginning.

        `vet` checks the credentials before more than BODY_LIMIT is read, and raises what is to be answered.
        Raises `Refusal` (408, 413) and `ClientGone`.
        """
        if not self.declared and not self.is_chunked:
            return BytesIO()
        # Before the first chunk is asked for: asking answers `Expect: 100-continue`.
        await self.allow(self.declared, vet)
        try:
            async with asyncio.timeout(CHUNK_TIMEOUT + self.limit / SLOWEST_RATE):
                return await self.collect(vet)
        except TimeoutError:
            raise Refusal(408, "request_timeout", "The body did not arrive in time.") from None

    async def allow(self, size: int, vet: Vet) -> None:
        """Pass, if that many bytes may be read on this path with these credentials."""
        if size <= settings.BODY_LIMIT:
            return
        # Where the limit is no higher for those who are logged in, it does not matter who asks.
        if self.limit > settings.BODY_LIMIT and not self.is_vetted:
            await vet()
            self.is_vetted = True
        if size > self.limit:
            raise Refusal(413, "payload_too_large", f"The body is longer than {self.limit} bytes.")

    async def collect(self, vet: Vet) -> IO[bytes]:
        chunk, is_last = await self.next_chunk(vet)
        if is_last:
            return BytesIO(chunk)
        body: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_LIMIT, dir=settings.SPOOL_DIR)  # noqa: SIM115
        try:
            await self.write(body, chunk)
            while not is_last:
                chunk, is_last = await self.next_chunk(vet)
                await self.write(body, chunk)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    async def next_chunk(self, vet: Vet) -> tuple[bytes, bool]:
        async with asyncio.timeout(CHUNK_TIMEOUT):
            message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        self.size += len(chunk)
        await self.allow(self.size, vet)
        return chunk, not message.get("more_body", False)

    async def write(self, body: IO[bytes], chunk: bytes) -> None:
        if self.size <= MEMORY_LIMIT:
            body.write(chunk)
        else:
            # A disk may make its writer wait: the loop must not.
            try:
                await self.files.run(lambda: body.write(chunk))
            except OSError:
                logger.exception("No request body can be kept in a file")
                raise Refusal(503, "service_unavailable", "There is no room for the body just now.") from None


def with_length(scope: Scope, size: int) -> Scope:
    """The scope of a chunked request with its length: DRF takes a request without one for empty."""
    headers = [header for header in scope["headers"] if header[0] not in (b"transfer-encoding", b"content-length")]
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % size)]}


def longest_match(path: str, values: Mapping[str, V], default: V) -> V:
    """The value of the longest key that is the path or a whole-segment prefix of it."""
    if not values:
        return default
    matching = [prefix for prefix in values if path == prefix or path.startswith(prefix.rstrip("/") + "/")]
    return values[max(matching, key=len)] if matching else default


async def discard(receive: Receive) -> None:
    """Read on for a while what the client is still sending, and throw it away."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while size < DRAIN_BYTES:
                async with asyncio.timeout(DRAIN_PAUSE):
                    message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
