"""uvicorn's HTTP protocol with limits that it lacks: on what it buffers and on how long a client takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from notes_api.monitoring.access_log import end_request
from notes_api.monitoring.request_record import Refusal, current_record, get_record
from notes_api.server.admission import do_nothing
from notes_api.server.error_response import make_error_response
from notes_api.server.http_parsing import BoundedParsing
from notes_api.server.memory_budget import Holding, incoming
from notes_api.server.request_limits import RequestRejected, malformed
from notes_api.server.response import CLOSE, WHOLE, encode_head
from notes_api.server.response_cycle import end_cycle, has_short_body, leave_out_chunks, mark_disconnected, take_body
from notes_api.server.write_buffer import WriteBuffer

# Seconds from the first byte of a request, or from connecting, to the end of its head.
HEAD_TIMEOUT = 15.0
# Bytes of a parsed request besides its body. A head longer than LONG_HEAD counts until the response is complete.
PARSED_SIZE, LONG_HEAD = 4 * 1024, 16 * 1024
# Seconds in which the client of a rejected request can still send without its connection being reset. A reset would
# discard the response before the client has read it.
LINGER_TIMEOUT = 1.0
# What the access log says about requests that were rejected while they arrived.
REFUSALS: dict[int, Refusal] = {413: "too_large", 414: "too_large", 431: "too_large", 503: "memory"}

OVERLOADED = "The service receives too much data at the moment. Try again soon."


class BoundedProtocol(BoundedParsing):
    """One connection. It is closed if the client takes too long to send a complete head or to read a response."""

    write_buffer: WriteBuffer

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.incoming = Holding(incoming, self.evict)
        # The request that the application works on. uvicorn's own `cycle` is the last one received.
        self.active_cycle: RequestResponseCycle | None = None
        # Whether everything is written. The connection stays open for LINGER_TIMEOUT.
        self.is_lingering = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self.write_buffer = WriteBuffer(transport, self.loop)
        self.start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_head_timer()
        # uvicorn does not after a reset. The timer would keep the connection in memory.
        self._unset_keepalive_if_required()
        self.write_buffer.end()
        self.unparsed = b""
        self.incoming.release()
        # These functions refer to the connection, which would stay until the next full garbage collection.
        self.incoming.evict = do_nothing
        for cycle, _ in self.pipeline:
            cycle.on_response = do_nothing
        if self.active_cycle is not None:
            mark_disconnected(self.active_cycle)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.active_cycle = cycle
        head: HTTPResponseStartEvent | None = None

        async def receive_counted() -> ASGIReceiveEvent:
            message = await cycle.receive()
            self.update_incoming()
            return message

        async def send_counted(message: ASGISendEvent) -> None:
            nonlocal head
            if message["type"] == "http.response.start" and not cycle.disconnected:
                get_record(cycle.scope).begin_response(message["status"])
            if message["type"] == "http.response.start" and WHOLE in message:
                head = message
                return
            if cycle.scope["http_version"] == "1.0" and head is None:
                leave_out_chunks(cycle, message)
            body = message.get("body", b"") if message["type"] == "http.response.body" else b""
            self.write_buffer.add(len(body))
            await (cycle.send(message) if head is None else self.write_whole(cycle, head, body))
            self.write_buffer.update()

        call_app = partial(app, cycle.scope, receive_counted, send_counted)
        super()._start_asgi_task(cycle, partial(self.run_logged, cycle, call_app))

    async def write_whole(self, cycle: RequestResponseCycle, head: HTTPResponseStartEvent, body: bytes) -> None:
        """Write a response at once. uvicorn writes it in two pieces and checks its headers, which Django has done."""
        await self.flow.drain()
        if cycle.disconnected:
            return
        headers = [*cycle.default_headers, *head["headers"]]
        if not cycle.keep_alive and CLOSE not in headers:
            headers.append(CLOSE)
        cycle.keep_alive, cycle.waiting_for_100_continue = CLOSE not in headers, False
        pieces = [encode_head(head["status"], headers)]
        # asyncio's own transport never finishes writing an empty piece.
        if body and cycle.scope["method"] != "HEAD":
            pieces.append(body)
        self.transport.writelines(pieces)
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    async def run_logged(
        self, cycle: RequestResponseCycle, call_app: Callable[[], Awaitable[None]], *asgi: object
    ) -> None:
        """Call the application, and log the request. uvicorn also passes what `call_app` has already."""
        record = get_record(cycle.scope)
        began = time.monotonic()
        # Wait until the client has read the previous response. Otherwise both would take up memory.
        await self.flow.drain()
        record.body_seconds += time.monotonic() - began
        current_record.set(record)
        try:
            if self.transport.is_closing():
                cycle.disconnected = True
            else:
                if cycle.more_body:
                    # Many clients send the body right after the head. It arrives before the loop runs this again.
                    await asyncio.sleep(0)
                if has_short_body(cycle):
                    record.take_body = partial(take_body, cycle, self.update_incoming)
                await call_app()
        finally:
            end_cycle(cycle, was_rejected=cycle is self.cycle and self.error_response is not None)

    def update_incoming(self) -> None:
        """Count what the parser has received and the application has not yet read."""
        if self.is_lingering or self.transport.is_closing():
            self.incoming.release()
            return
        cycles = [cycle for cycle, _ in self.pipeline]
        size = len(self.unparsed) + PARSED_SIZE * len(cycles) + sum(len(cycle.body) for cycle in cycles)
        if self.active_cycle is not None and not self.active_cycle.response_complete:
            size += len(self.active_cycle.body)
        if self.is_in_head or self.size.head > LONG_HEAD:
            size += self.size.head
        self.incoming.resize(size + self.size.pending)

    def evict(self) -> None:
        """Give up what was received, because all connections together have sent too much."""
        # A connection that already rejected a request still holds earlier ones. Only aborting it frees them.
        if self.error_response is None and (self.is_in_head or self.is_in_body):
            self.reject(RequestRejected(503, "overloaded", OVERLOADED))
        else:
            self.transport.abort()

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self.error_response is not None and is_last:
            self.close_after(self.error_response)
        elif self.unparsed and not self.transport.is_closing():
            self.parse_received()
        else:
            self.update_incoming()
        self.write_buffer.start_timer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.write_buffer.start_timer()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.write_buffer.outgoing.refresh()
        self.write_buffer.start_timer()

    @property
    def is_responding(self) -> bool:
        return self.active_cycle is not None and not self.active_cycle.response_complete

    def start_head_timer(self) -> None:
        self.stop_head_timer()
        self.head_timer = self.loop.call_later(HEAD_TIMEOUT, self.on_head_timeout)

    def on_head_timeout(self) -> None:
        # During a response, uvicorn may have stopped reading, so a late head is not the client's fault.
        if self.is_responding:
            self.start_head_timer()
        else:
            self.transport.abort()

    def stop_head_timer(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def send_400_response(self, msg: str) -> None:
        self.reject(malformed(msg))

    def reject(self, reason: RequestRejected) -> None:
        """Send an error after the responses to all earlier requests, then close the connection."""
        self.unparsed = b""
        self.incoming.release()
        record = self.present_record()
        is_active = self.is_in_body and self.cycle is self.active_cycle
        if not (is_active and self.cycle.response_started):
            record.status, record.refusal = reason.status, REFUSALS.get(reason.status)
        response = self.error_response = self.encode_error(reason, record.id)
        if not is_active:
            end_request(record)
        self.stop_head_timer()
        if self.is_in_body:
            self.abort_body(response)
        elif not self.is_responding:
            self.close_after(response)

    def encode_error(self, reason: RequestRejected, identity: str) -> bytes:
        """Return the response to a rejected request, which has the headers of every other response."""
        scope = {"type": "http", "method": "GET", "path": "/", "scheme": self.scheme, "client": self.client,
                 "headers": self.headers or []}  # fmt: skip
        error = make_error_response(scope, reason.status, reason.code, reason.detail, identity)
        content = b"" if self.parser.get_method() == b"HEAD" else error.content
        return encode_head(error.status, [*error.headers, CLOSE]) + content

    def abort_body(self, response: bytes) -> None:
        """End the request whose body is malformed. The application works on it or is about to get it."""
        mark_disconnected(self.cycle)
        if self.cycle is not self.active_cycle:
            # uvicorn sets this at the end of a request, but this one never begins.
            self.pipeline.popleft()[0].on_response = do_nothing
        else:
            self.close_after(b"" if self.cycle.response_started else response)

    def close_after(self, data: bytes) -> None:
        """Write the data, if any, as the last of this connection. Do nothing if it is already closing."""
        if not self.is_lingering and not self.transport.is_closing():
            self.is_lingering = True
            self.transport.write(data)
            self.transport.write_eof()
            self.flow.resume_reading()
            self.loop.call_later(LINGER_TIMEOUT, self.transport.close)
            self.write_buffer.start_timer()
