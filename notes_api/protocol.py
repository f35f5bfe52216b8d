"""uvicorn's HTTP protocol with the bounds it lacks: on the size of what it has to keep, and on a client's patience."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from notes_api.answers import Answer, problem_answer
from notes_api.problems import request_id

# Bytes of a request's head, or of anything else that the parser must keep until it is complete.
HEAD_LIMIT = 64 * 1024
# Seconds from the first byte of a request, or from connecting, to the end of its head.
HEAD_TIMEOUT = 15.0
# Seconds in which a client has to take something of what waits for it.
STALL_TIMEOUT = 60.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Whoever sends no whole head, or takes no answer, is not waited for."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.pending_bytes = 0
        self.is_in_head = True
        self.patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.wait_at_most(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.pending_bytes += len(data)
        super().data_received(data)
        if self.pending_bytes > HEAD_LIMIT and not self.transport.is_closing():
            self.refuse(431, "headers_too_large", "The headers of the request are too long.")

    def on_message_begin(self) -> None:
        self.is_in_head = True
        self.wait_at_most(HEAD_TIMEOUT)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come after the body and are not merged into the headers (RFC 9110, section 6.5.1).
        if self.is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        self.pending_bytes = 0
        self.stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.pending_bytes = 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.wait_at_most(STALL_TIMEOUT)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.stop_waiting()

    def wait_at_most(self, seconds: float) -> None:
        self.stop_waiting()
        self.patience = self.loop.call_later(seconds, self.transport.abort)

    def stop_waiting(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "malformed_request", msg)

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer what could not be parsed, unless an earlier request's answer is under way; then end the connection."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(wire(problem_answer(status, code, detail, request_id(None))))
        self.transport.close()


def wire(answer: Answer) -> bytes:
    headers = [*answer.headers, (b"connection", b"close")]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[answer.status], *lines, b"\r\n", answer.content])
