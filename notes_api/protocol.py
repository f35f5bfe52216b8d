"""uvicorn's HTTP protocol with the bounds it lacks: on the size of what it has to keep, and on a client's patience."""

import asyncio
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from notes_api.answers import Answer, problem_answer
from notes_api.problems import request_id

# Bytes of a request's head, or of anything else that the parser must keep until it is complete.
HEAD_LIMIT = 64 * 1024
# Seconds from the first byte of a request, or from connecting, to the end of its head.
HEAD_TIMEOUT = 15.0
# Seconds in which a client has to take something of what waits for it.
STALL_TIMEOUT = 60.0


class Malformed(Exception):
    """A head that the parser lets pass and that is refused all the same."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Whoever sends no whole head, or takes no answer, is not waited for."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.pending_bytes = 0
        self.is_in_head = True
        self.patience: asyncio.TimerHandle | None = None
        self.is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.wait_at_most(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        self._unset_keepalive_if_required()
        self.pending_bytes += len(data)
        try:
            self.parse(memoryview(data))
        except HttpParserError as error:
            # What a parser makes of the bytes behind an error is a guess: it is never asked again.
            self.send_400_response(str(error.__context__ or "The bytes received are no HTTP request."))
        else:
            if self.pending_bytes > HEAD_LIMIT:
                self.refuse(431, "headers_too_large", "The headers of the request are too long.")

    def parse(self, data: memoryview) -> None:
        """Parse on to the end of the data, whatever protocol a request offers to change to (RFC 9110, section 7.8)."""
        while data and not self.is_refused:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as offer:
                # The parser stops behind the head and would take the body for the next request. Another one, which
                # is not told of the offer, reads the same head and finds the body.
                data = data[offer.args[0] :]
                head = self.head_without_upgrade()
                self.parser = strict_parser(self)
                self.parser.feed_data(head)
            else:
                return

    def head_without_upgrade(self) -> bytes:
        first = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([first, *lines, b"", b""])

    def on_message_begin(self) -> None:
        self.is_in_head = True
        self.wait_at_most(HEAD_TIMEOUT)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come after the body and are not merged into the headers (RFC 9110, section 6.5.1).
        if self.is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise Malformed("This server is no tunnel.")
        if self.parser.should_upgrade():
            return
        self.is_in_head = False
        self.pending_bytes = 0
        self.stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
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
        self.is_refused = True
        self.transport.close()


def strict_parser(protocol: HttpToolsProtocol) -> HttpRequestParser:
    parser = HttpRequestParser(protocol)
    # As in uvicorn: what follows a request with `Connection: close` does not spoil its answer.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def wire(answer: Answer) -> bytes:
    headers = [*answer.headers, (b"connection", b"close")]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[answer.status], *lines, b"\r\n", answer.content])
