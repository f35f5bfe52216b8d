"""Responses on their way out: converted from Django's responses in a thread, sent from the event loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from random import randrange
from typing import NamedTuple

import orjson
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from notes_api.monitoring.request_record import RequestRecord
from notes_api.rest.problems import make_problem
from notes_api.rest.views import break_cycles
from notes_api.server.asgi_types import Receive, Send
from notes_api.server.shutdown import is_shutting_down
from notes_api.server.thread_pool import ThreadPool

Headers = list[tuple[bytes, bytes]]

CLOSE = (b"connection", b"close")
# In an `http.response.start`: one message with the whole body follows at once.
WHOLE = "notes_api.whole"

# Bytes of a file per message.
BLOCK_SIZE = 64 * 1024
# Seconds after which a client may repeat a request that was refused, at most.
MAX_RETRY_AFTER = 5
# Statuses whose responses have no content (RFC 9110, section 6.4.1).
STATUSES_WITHOUT_CONTENT = frozenset({204, 304})


class RawResponse(NamedTuple):
    """The parts of a response that ASGI sends. `stream` is the Django response if its content is streamed.

    `delay` is for how many seconds a client that repeats refused requests has to wait for it.
    """

    status: int
    headers: Headers
    content: bytes = b""
    stream: StreamingHttpResponse | None = None
    delay: float = 0.0

    @classmethod
    def from_django(cls, response: HttpResponseBase, method: str) -> "RawResponse":
        """Read the content, or return the stream. The caller closes any other response."""
        headers = encode_headers(response)
        if isinstance(response, StreamingHttpResponse) and method != "HEAD":
            if isinstance(response, FileResponse):
                response.block_size = BLOCK_SIZE
            return cls(response.status_code, headers, stream=response)
        if response.streaming:
            # Nobody reads the stream.
            response.close()
        content = b"" if response.streaming else response.content  # type: ignore[attr-defined] # all others have it
        break_cycles(response)
        may_have_content = response.status_code not in STATUSES_WITHOUT_CONTENT
        if not response.streaming and may_have_content and not response.has_header("Content-Length"):
            headers.append((b"content-length", b"%d" % len(content)))
        return cls(response.status_code, headers, content if may_have_content and method != "HEAD" else b"")

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()


def encode_headers(response: HttpResponseBase) -> Headers:
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [
        (b"set-cookie", cookie.output(header="").strip().encode("ascii")) for cookie in response.cookies.values()
    ]
    return headers + cookies


def encode_head(status: int, headers: Headers) -> bytes:
    return b"".join([STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n"])


def make_raw_problem(status: int, code: str, detail: str, request_id: str) -> RawResponse:
    """Return a problem that Django was not involved in, with the headers that every such response has."""
    content = orjson.dumps(make_problem(status, code, detail, request_id))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(content)),
        (b"x-request-id", request_id.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 415:
        # The Content-Encoding was not understood, and not the media type (RFC 9110, section 12.5.3).
        headers.append((b"accept-encoding", b"identity"))
    if status == 503:
        # Clients that were refused together should not come back together.
        seconds = randrange(1, MAX_RETRY_AFTER + 1) if code == "overloaded" else 1  # noqa: S311  # no secret
        headers.append((b"retry-after", b"%d" % seconds))
    return RawResponse(status, headers, content)


async def wait_to_send(response: RawResponse, record: RequestRecord) -> None:
    """Wait until the response may be sent, or its client disconnects."""
    if response.delay:
        is_over = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(response.delay, is_over.set)
        with record.watch_client(is_over.set):
            await is_over.wait()
        timer.cancel()


async def send_response(response: RawResponse, receive: Receive, send: Send, file_pool: ThreadPool) -> None:
    # A process that is shutting down keeps no connection open. If it closed a connection without this header, the
    # client's next request could be lost.
    headers = [*response.headers, CLOSE] if is_shutting_down() else response.headers
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    if response.stream is None:
        await send({**start, WHOLE: True})
        await send({"type": "http.response.body", "body": response.content})
    else:
        await send(start)
        await send_stream(response.stream, receive, send, file_pool)


async def send_stream(stream: StreamingHttpResponse, receive: Receive, send: Send, file_pool: ThreadPool) -> None:
    """Send the parts until the stream ends or the client disconnects. Close the stream in both cases."""
    # The lock keeps a file open while a thread reads the next part from it.
    lock = threading.Lock()
    parts = send_async_parts(stream, send) if stream.is_async else send_sync_parts(stream, send, file_pool, lock)
    sending = asyncio.create_task(parts)
    disconnect = asyncio.create_task(wait_for_disconnect(receive))
    try:
        await asyncio.wait({sending, disconnect}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        disconnect.cancel()
        await asyncio.wait({sending, disconnect})
        await file_pool.run(lambda: close_stream(stream, lock))
    try:
        if not sending.cancelled():
            sending.result()
    finally:
        del sending  # otherwise its error would refer to this frame, and the frame to it


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_async_parts(stream: StreamingHttpResponse, send: Send) -> None:
    async with aclosing(aiter(stream)) as parts:  # type: ignore[type-var] # Django's iterator is a generator
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def send_sync_parts(
    stream: StreamingHttpResponse, send: Send, file_pool: ThreadPool, lock: threading.Lock
) -> None:
    parts = iter(stream)
    while (part := await file_pool.run(lambda: read_part(parts, lock))) is not None:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def read_part(parts: Iterator[bytes], lock: threading.Lock) -> bytes | None:
    with lock:
        return next(parts, None)


def close_stream(stream: StreamingHttpResponse, lock: threading.Lock) -> None:
    with lock:
        stream.close()
