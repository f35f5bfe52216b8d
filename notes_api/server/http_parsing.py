"""Parsing of requests within limits: on their size, on their framing, and on how many are parsed in advance."""

import asyncio
from abc import abstractmethod
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord, get_record
from notes_api.rest.problems import choose_request_id
from notes_api.server.asgi_types import Scope
from notes_api.server.request_limits import RequestRejected, RequestSize, check_head, check_target, find_host, malformed

# Bytes that the parser gets at once. Limits apply between two slices.
SLICE_SIZE = 2 * 1024
# Requests that wait for the responses to earlier ones. Their successors are not parsed, because the parsed form of a
# request can be a hundred times as long.
PIPELINE_LIMIT = 8
NOT_HTTP = "The bytes received are not an HTTP request."


class BoundedParsing(HttpToolsProtocol):
    """The half of a connection's protocol that parses requests."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: uvicorn's own signature
        super().__init__(*args, **kwargs)
        self.size = RequestSize()
        # Bytes received for which the parser has had no room yet.
        self.unparsed = b""
        self.is_in_head = True
        self.is_in_body = False
        self.head_timer: asyncio.TimerHandle | None = None
        # The response to a request that was rejected. It is sent after the responses to earlier requests.
        self.error_response: bytes | None = None

    @abstractmethod
    def reject(self, reason: RequestRejected) -> None: ...

    @abstractmethod
    def update_incoming(self) -> None: ...

    @abstractmethod
    def start_head_timer(self) -> None: ...

    @abstractmethod
    def stop_head_timer(self) -> None: ...

    def data_received(self, data: bytes) -> None:
        if self.error_response is None:
            self.unparsed = self.unparsed + data if self.unparsed else data
            self.parse_received()

    def parse_received(self) -> None:
        """Parse what has arrived, as far as there is room for further requests."""
        data, self.unparsed = memoryview(self.unparsed), b""
        try:
            while data and len(self.pipeline) < PIPELINE_LIMIT:
                self.size.add_received(min(len(data), SLICE_SIZE))
                self.parse(data[:SLICE_SIZE])
                data = data[SLICE_SIZE:]
        except (HttpParserError, RequestRejected) as error:
            # The parser can only guess what the bytes after an error mean, so it gets no more of them.
            reason = error.__context__ if isinstance(error, HttpParserError) else error
            self.reject(reason if isinstance(reason, RequestRejected) else malformed(NOT_HTTP))
        else:
            self.unparsed = bytes(data)
            if self.unparsed:
                self.flow.pause_reading()
            # Most heads arrive as a whole.
            if self.is_in_head and self.head_timer is None:
                self.start_head_timer()
            self.update_incoming()

    def parse(self, data: memoryview) -> None:
        """Parse all data. Ignore offers to switch to another protocol, as RFC 9110, section 7.8, allows."""
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                # The parser stops after the head and would take the body for the next request. A new parser reads the
                # same head without the `Upgrade` header, and then the body.
                data = data[upgrade.args[0] :]
                head = self.head_without_upgrade()
                self.parser = make_strict_parser(self)
                self.parser.feed_data(head)
            else:
                return

    def head_without_upgrade(self) -> bytes:
        first = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([first, *lines, b"", b""])

    def present_record(self) -> RequestRecord:
        """Return the record of the request that is arriving, with what is known of it."""
        scope: Scope = dict(self.scope) if self.is_in_body or (self.is_in_head and self.scope) else {}
        record = get_record(scope)
        record.id = record.id or choose_request_id(None)
        record.method, record.path = scope.get("method", record.method), scope.get("path", record.path)
        return record

    def on_message_begin(self) -> None:
        # Not for all bytes: the parser skips line breaks between requests, which must not keep a connection open.
        self._unset_keepalive_if_required()
        self.is_in_head = True
        self.size.begin()
        self.stop_head_timer()
        super().on_message_begin()
        self.scope[RECORD_KEY] = RequestRecord()  # type: ignore[literal-required]  # our own

    def on_url(self, url: bytes) -> None:
        self.size.add_target(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.size.add_field(name, value)
        # Trailers come after the body and are not merged into the headers (RFC 9110, section 6.5.1).
        if self.is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            return
        check_target(self.url)
        check_head(self.parser.get_method(), self.parser.get_http_version(), self.headers)
        if self.url[:1] != b"/":
            self.take_host_of_target()
        self.is_in_head = False
        self.size.end_head()
        self.stop_head_timer()
        # The previous response may have ended, and started this timer, after the head began.
        self._unset_keepalive_if_required()
        super().on_headers_complete()
        self.is_in_body = True

    def take_host_of_target(self) -> None:
        """Let the host of an absolute request target be the host of the request, also in HTTP/1.0 without a Host."""
        if host := find_host(self.url, self.headers):
            self.headers.append((b"host", host))

    def on_body(self, body: bytes) -> None:
        self.size.add_body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self.size.end_body()
        self.is_in_body = False
        super().on_message_complete()


def make_strict_parser(protocol: HttpToolsProtocol) -> HttpRequestParser:
    parser = HttpRequestParser(protocol)
    # As in uvicorn: data after a request with `Connection: close` must not prevent its response.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
