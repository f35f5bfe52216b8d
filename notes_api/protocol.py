"""uvicorn's HTTP protocol with the bounds it lacks: on the size of what it has to keep, and on a client's patience."""

import asyncio
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from notes_api.answers import Answer, problem_answer
from notes_api.problems import request_id
from notes_api.unsent import Unsent

# Bytes of a request's head, or of anything else that the parser must keep until it is complete.
HEAD_LIMIT = 64 * 1024
# Seconds from the first byte of a request, or from connecting, to the end of its head.
HEAD_TIMEOUT = 15.0


class Malformed(Exception):
    """A head that the parser lets pass and that is refused all the same."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Whoever sends no whole head, or takes no answer, is not waited for."""

    transport: asyncio.Transport
    unsent: Unsent

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.pending_bytes = 0
        self.is_in_head = True
        self.is_in_body = False
        self.patience: asyncio.TimerHandle | None = None
        self.refusal: bytes | None = None
        # The request in hand; uvicorn's own `cycle` is the last one received.
        self.current: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.unsent = Unsent(transport, self.loop)
        self.wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        self.unsent.forget()
        if self.current is not None:
            disconnect(self.current)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        self._unset_keepalive_if_required()
        self.pending_bytes += len(data)
        try:
            self.parse(memoryview(data))
        except HttpParserError as error:
            # What a parser makes of the bytes behind an error is a guess: it is never asked again.
            known = isinstance(error.__context__, Malformed)
            self.send_400_response(str(error.__context__) if known else "The bytes received are no HTTP request.")
        else:
            if self.pending_bytes > HEAD_LIMIT:
                self.refuse(431, "headers_too_large", "The headers of the request are too long.")

    def parse(self, data: memoryview) -> None:
        """Parse on to the end of the data, whatever protocol a request offers to change to (RFC 9110, section 7.8)."""
        while data:
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
        self.wait_for_head()
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
        self.check_encoding()
        self.is_in_head = False
        self.pending_bytes = 0
        self.stop_waiting()
        super().on_headers_complete()
        self.is_in_body = True

    def check_encoding(self) -> None:
        """The parser takes any list that ends in `chunked`, in HTTP/1.0 too (RFC 9112, section 6.1)."""
        encodings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if encodings and (encodings != [b"chunked"] or self.parser.get_http_version() != "1.1"):
            raise Malformed("The only transfer encoding here is chunked, in HTTP/1.1.")

    def on_body(self, body: bytes) -> None:
        self.pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self.pending_bytes = 0
        self.is_in_body = False
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.current = cycle

        async def start(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            # Who has not taken one answer gets no other made: it would wait in memory beside the first.
            await self.flow.drain()
            if self.transport.is_closing():
                cycle.disconnected = True
            else:
                await app(scope, receive, send)

        super()._start_asgi_task(cycle, start if self.flow.write_paused else app)

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self.refusal is not None and is_last:
            self.end(self.refusal)
        self.unsent.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unsent.watch()
        self.unsent.fill()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.unsent.drain()
        self.unsent.watch()

    @property
    def is_answering(self) -> bool:
        return self.current is not None and not self.current.response_complete

    def wait_for_head(self) -> None:
        self.stop_waiting()
        self.patience = self.loop.call_later(HEAD_TIMEOUT, self.miss_head)

    def miss_head(self) -> None:
        # The request behind the one in hand may be held up by this side, which stops reading when it has enough.
        if self.is_answering:
            self.wait_for_head()
        else:
            self.transport.abort()

    def stop_waiting(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "malformed_request", msg)

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer what could not be parsed once all before it is answered; then end the connection."""
        self.refusal = wire(problem_answer(status, code, detail, request_id(None)))
        self.stop_waiting()
        if self.is_in_body:
            self.give_up_body()
        elif not self.is_answering:
            self.end(self.refusal)

    def give_up_body(self) -> None:
        """The request that was refused is one that the application has, or is about to get."""
        disconnect(self.cycle)
        if self.cycle is not self.current:
            self.pipeline.popleft()
        elif self.refusal is not None:
            self.end(b"" if self.cycle.response_started else self.refusal)

    def end(self, last_words: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(last_words)
            self.transport.close()
            self.unsent.watch()


def disconnect(cycle: RequestResponseCycle) -> None:
    """Tell the application that there is nobody to answer any more."""
    cycle.disconnected = True
    cycle.message_event.set()


def strict_parser(protocol: HttpToolsProtocol) -> HttpRequestParser:
    parser = HttpRequestParser(protocol)
    # As in uvicorn: what follows a request with `Connection: close` does not spoil its answer.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def wire(answer: Answer) -> bytes:
    headers = [*answer.headers, (b"connection", b"close")]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[answer.status], *lines, b"\r\n", answer.content])
