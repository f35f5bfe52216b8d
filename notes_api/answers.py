"""Answers on their way out: made from Django's responses in a thread, sent from the event loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import NamedTuple

import orjson
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from notes_api.asgi_types import Receive, Send
from notes_api.draining import is_draining
from notes_api.lanes import Lane
from notes_api.problems import problem

Headers = list[tuple[bytes, bytes]]

# Bytes of a file per message.
BLOCK_SIZE = 64 * 1024
# The statuses without content (RFC 9110, section 6.4.1).
EMPTY = frozenset({204, 304})


class Answer(NamedTuple):
    """A response taken apart; only one that streams keeps its Django `response`, to be closed when all is sent."""

    status: int
    headers: Headers
    content: bytes = b""
    response: StreamingHttpResponse | None = None

    @classmethod
    def of(cls, response: HttpResponseBase, method: str) -> "Answer":
        """Read what can be read now; everything but a stream is closed, which ends Django's request."""
        headers = encode_headers(response)
        if isinstance(response, StreamingHttpResponse) and method != "HEAD":
            if isinstance(response, FileResponse):
                response.block_size = BLOCK_SIZE
            return cls(response.status_code, headers, response=response)
        content = b"" if response.streaming else response.content  # type: ignore[attr-defined] # all others have it
        response.close()
        if not response.streaming and response.status_code not in EMPTY and not response.has_header("Content-Length"):
            headers.append((b"content-length", b"%d" % len(content)))
        return cls(response.status_code, headers, b"" if method == "HEAD" or response.status_code in EMPTY else content)

    def close(self) -> None:
        if self.response is not None:
            self.response.close()


def encode_headers(response: HttpResponseBase) -> Headers:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [
        (b"set-cookie", cookie.output(header="").strip().encode("ascii")) for cookie in response.cookies.values()
    ]
    return headers + cookies


def problem_answer(status: int, code: str, detail: str, request_id: str) -> Answer:
    """A problem that Django had no part in, with the headers the middleware gives to all others."""
    content = orjson.dumps(problem(status, code, detail, request_id))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(content)),
        (b"x-request-id", request_id.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    return Answer(status, headers, content)


async def send_answer(answer: Answer, receive: Receive, send: Send, files: Lane) -> None:
    # A process that drains keeps no connection; one that is closed without this word may lose a request.
    closing = [(b"connection", b"close")] if is_draining() else []
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers + closing})
    if answer.response is None:
        await send({"type": "http.response.body", "body": answer.content})
    else:
        await send_stream(answer.response, receive, send, files)


async def send_stream(response: StreamingHttpResponse, receive: Receive, send: Send, files: Lane) -> None:
    """Send part by part until the end or until the client leaves; then close the response in either case."""
    # A part that is being read when the client leaves must not have its file closed under it.
    lock = threading.Lock()
    parts = pump_async(response, send) if response.is_async else pump_sync(response, send, files, lock)
    pump = asyncio.create_task(parts)
    gone = asyncio.create_task(disconnected(receive))
    try:
        await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        pump.cancel()
        gone.cancel()
        await asyncio.wait({pump, gone})
        await files.run(lambda: close(response, lock))
    if not pump.cancelled():
        pump.result()


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def pump_async(response: StreamingHttpResponse, send: Send) -> None:
    async with aclosing(aiter(response)) as parts:  # type: ignore[type-var] # Django's iterator is a generator
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def pump_sync(response: StreamingHttpResponse, send: Send, files: Lane, lock: threading.Lock) -> None:
    parts = iter(response)
    while (part := await files.run(lambda: pull(parts, lock))) is not None:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def pull(parts: Iterator[bytes], lock: threading.Lock) -> bytes | None:
    with lock:
        return next(parts, None)


def close(response: StreamingHttpResponse, lock: threading.Lock) -> None:
    with lock:
        response.close()
