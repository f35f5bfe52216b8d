"""Clients that do not read their responses, on one connection of the server in this process."""

import asyncio
import time
from contextlib import suppress

import pytest

from notes_api.monitoring.request_record import get_record
from notes_api.server import http_protocol, write_buffer
from notes_api.server.memory_budget import outgoing
from notes_api.tests.raw_socket import connection_to, connections_to, echo_headers

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PAGE = b"x" * 8_000_000


class Pages:
    """Responds with a page in one piece; counts the responses that began and ended."""

    def __init__(self):
        self.made = 0
        self.sent = 0

    async def __call__(self, scope, receive, send):
        self.made += 1
        headers = [(b"content-length", str(len(PAGE)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE})
        self.sent += 1


class RecordedPages(Pages):
    """Remembers the records of its requests."""

    def __init__(self):
        super().__init__()
        self.records = []

    async def __call__(self, scope, receive, send):
        self.records.append(get_record(scope))
        await super().__call__(scope, receive, send)


class Endless:
    """Stream until the client disconnects."""

    has_ended = False

    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_ended = True


async def gets_page(reader):
    try:
        await reader.readexactly(len(PAGE))
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    return True


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("packets", [(GET,), (GET + GET,), (GET, GET), (GET, GET[:9])])
def test_a_client_that_reads_nothing_is_disconnected(monkeypatch, packets):
    monkeypatch.setattr(write_buffer, "STALL_TIMEOUT", 0.2)
    app = Endless()

    async def lazy_client():
        async with connection_to(app, limit=1000) as (_, writer):
            for packet in packets:
                writer.write(packet)
                await asyncio.sleep(0.05)
            await until(lambda: app.has_ended)

    asyncio.run(lazy_client())


def test_a_slow_steady_reader_gets_the_whole_response(monkeypatch):
    monkeypatch.setattr(write_buffer, "STALL_TIMEOUT", 0.5)
    received = []

    async def slow_client():
        async with connection_to(Pages(), limit=10_000) as (reader, writer):
            writer.write(GET)
            while sum(received) < len(PAGE):
                received.append(len(await reader.read(200_000)))
                assert received[-1]
                await asyncio.sleep(0.03)

    asyncio.run(slow_client())


def test_a_reader_that_is_too_slow_is_disconnected(monkeypatch):
    monkeypatch.setattr(write_buffer, "STALL_TIMEOUT", 0.2)
    monkeypatch.setattr(write_buffer, "MIN_PROGRESS", 10**9)

    received = []

    async def dripping_client():
        async with connection_to(Pages(), limit=1000) as (reader, writer):
            writer.write(GET)
            while part := await reader.read(20_000):
                received.append(len(part))
                await asyncio.sleep(0.01)

    with suppress(ConnectionError):
        asyncio.run(dripping_client())
    assert sum(received) < len(PAGE)


def test_the_next_response_waits_until_this_one_is_read():
    app = Pages()

    async def lazy_client():
        async with connection_to(app, limit=1000) as (reader, writer):
            writer.write(GET * 5)
            await until(lambda: app.sent == 1)
            await asyncio.sleep(0.2)
            assert app.made == 1
            await reader.readexactly(len(PAGE))
            await until(lambda: app.sent == 2)

    asyncio.run(lazy_client())


def test_the_oldest_of_too_many_silent_readers_are_disconnected(monkeypatch):
    monkeypatch.setattr(outgoing, "limit", 3 * len(PAGE))
    app = Pages()

    async def lazy_clients():
        async with connections_to(app, 10, limit=1000) as connections:
            for _, writer in connections:
                writer.write(GET)
            await until(lambda: app.sent == 10)
            assert outgoing.total <= outgoing.limit
            return [await gets_page(reader) for reader, _ in connections]

    got = asyncio.run(lazy_clients())
    assert (got[0], got[-1]) == (False, True)
    assert outgoing.total == 0


def test_an_incomplete_head_after_a_request_does_not_affect_its_response(monkeypatch):
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT", 0.1)

    async def thoughtful(scope, receive, send):
        await asyncio.sleep(0.3)
        await echo_headers(scope, receive, send)

    async def hasty_client():
        async with connection_to(thoughtful) as (reader, writer):
            writer.write(GET + GET[:9])
            assert (await reader.read(-1)).startswith(b"HTTP/1.1 200 ")

    asyncio.run(hasty_client())


def test_a_request_is_not_slow_because_its_client_reads_the_previous_response_late():
    app = RecordedPages()

    async def late_client():
        async with connection_to(app, limit=1000) as (reader, writer):
            writer.write(GET + GET)
            await until(lambda: app.sent == 1)
            began = time.monotonic()
            await until(lambda: time.monotonic() - began > 0.2)
            assert app.made == 1
            await gets_page(reader)
            await until(lambda: app.sent == 2)

    asyncio.run(late_client())

    first, second = app.records
    assert first.body_seconds < second.body_seconds
    assert second.body_seconds > 0.2
    assert second.response_seconds < second.responded_at - second.arrived_at - 0.2
