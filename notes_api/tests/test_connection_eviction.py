"""Connections that are evicted from the memory budget although they already rejected a request."""

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from notes_api.server.http_protocol import BoundedProtocol
from notes_api.server.memory_budget import incoming
from notes_api.server.request_limits import malformed

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
INVALID_BODY = b"not a chunk\r\n"


class StrictTransport(asyncio.Transport):
    """Records what is written. Like asyncio's own transports, it refuses to write after the end of the stream."""

    def __init__(self):
        super().__init__()
        self.written = []
        self.has_eof = self.is_aborted = False

    def write(self, data):
        if self.has_eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        self.written.append(bytes(data))

    def write_eof(self):
        self.has_eof = True

    def abort(self):
        self.is_aborted = True

    close = abort

    def is_closing(self):
        return self.is_aborted

    def get_write_buffer_size(self):
        return 0

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    pause_reading = resume_reading = get_write_buffer_size


async def wait_for_disconnection(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        pass


async def open_connection(*pieces):
    """Return a connection that has received these pieces, after its application has seen them."""
    config = Config(wait_for_disconnection, log_config=None, lifespan="off", access_log=False, ws="none")
    protocol = BoundedProtocol(config, ServerState(), {})
    protocol.connection_made(StrictTransport())
    for piece in pieces:
        protocol.data_received(piece)
    for _ in range(5):
        await asyncio.sleep(0)
    return protocol


async def disconnect(protocol):
    protocol.connection_lost(ConnectionError())
    await asyncio.gather(*protocol.tasks)


def run_with_connection(*pieces, then):
    """Call `then` with a connection that has received the pieces, and disconnect it; return its transport."""

    async def main():
        protocol = await open_connection(*pieces)
        try:
            then(protocol)
        finally:
            await disconnect(protocol)
        return protocol.transport

    return asyncio.run(main())


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert incoming.total == 0


def test_a_rejected_connection_no_longer_counts():
    sizes = []

    transport = run_with_connection(HEAD, INVALID_BODY, then=lambda protocol: sizes.append(protocol.incoming.size))

    assert sizes == [0]
    assert [data[:12] for data in transport.written] == [b"HTTP/1.1 400"]
    assert (transport.has_eof, transport.is_aborted) == (True, False)


def test_a_client_is_not_disturbed_by_connections_rejected_before(monkeypatch):
    monkeypatch.setattr(incoming, "limit", 5000)

    async def main():
        dead = await open_connection(HEAD, INVALID_BODY)
        live = await open_connection(HEAD)
        try:
            live.data_received(b"1388\r\n" + b"x" * 5000)
            return dead.transport, live.transport
        finally:
            for protocol in (dead, live):
                await disconnect(protocol)

    dead, live = asyncio.run(main())

    assert (dead.is_aborted, live.is_aborted, live.written) == (False, False, [])


def test_an_error_is_sent_once():
    transport = run_with_connection(b"hello\r\n\r\n", then=lambda protocol: protocol.reject(malformed("again")))

    assert len(transport.written) == 1


def test_evicting_a_connection_again_aborts_it():
    """The first eviction rejects the incomplete second request, and waits for the response to the first."""

    def evict_twice(protocol):
        protocol.evict()
        assert not protocol.transport.is_aborted
        protocol.evict()

    transport = run_with_connection(HEAD + b"0\r\n\r\n", HEAD, then=evict_twice)

    assert (transport.is_aborted, transport.written) == (True, [])


def test_a_rejected_request_does_not_get_100_continue(caplog):
    head = HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")

    run_with_connection(head + INVALID_BODY, then=lambda protocol: None)

    assert not [record for record in caplog.records if record.levelname == "ERROR"]
