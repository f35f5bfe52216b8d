"""Clients that do not take their answers, on one connection of the server without a process around it."""

import asyncio
from contextlib import suppress

import pytest

from notes_api import protocol, unsent
from notes_api.tests.wire import connection_to, connections_to, echo_headers

GET = b"GET / HTTP/1.1\r\n\r\n"
PAGE = b"x" * 8_000_000


class Pages:
    """Answers every request with a page in one piece, and remembers how many were made and have ended."""

    def __init__(self):
        self.made = 0
        self.sent = 0

    async def __call__(self, scope, receive, send):
        self.made += 1
        headers = [(b"content-length", str(len(PAGE)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE})
        self.sent += 1


class Endless:
    """Streams until the client has left."""

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
def test_whoever_takes_no_answer_is_not_waited_for(monkeypatch, packets):
    monkeypatch.setattr(unsent, "STALL_TIMEOUT", 0.2)
    app = Endless()

    async def lazy_client():
        async with connection_to(app, limit=1000) as (_, writer):
            for packet in packets:
                writer.write(packet)
                await asyncio.sleep(0.05)
            await until(lambda: app.has_ended)

    asyncio.run(lazy_client())


def test_whoever_takes_a_page_slowly_but_steadily_gets_it(monkeypatch):
    monkeypatch.setattr(unsent, "STALL_TIMEOUT", 0.5)
    received = []

    async def slow_client():
        async with connection_to(Pages(), limit=10_000) as (reader, writer):
            writer.write(GET)
            while sum(received) < len(PAGE):
                received.append(len(await reader.read(200_000)))
                assert received[-1]
                await asyncio.sleep(0.03)

    asyncio.run(slow_client())


def test_whoever_takes_next_to_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(unsent, "STALL_TIMEOUT", 0.2)
    monkeypatch.setattr(unsent, "LEAST_PROGRESS", 10**9)

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


def test_the_next_answer_is_not_made_before_this_one_is_taken():
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


def test_of_too_many_that_take_nothing_the_first_are_cut(monkeypatch):
    monkeypatch.setattr(unsent, "UNSENT_LIMIT", 3 * len(PAGE))
    app = Pages()

    async def lazy_clients():
        async with connections_to(app, 10, limit=1000) as connections:
            for _, writer in connections:
                writer.write(GET)
            await until(lambda: app.sent == 10)
            return [await gets_page(reader) for reader, _ in connections]

    got = asyncio.run(lazy_clients())
    assert (got[0], got[-1]) == (False, True)
    assert not unsent.Unsent.full


def test_half_a_head_behind_a_request_does_not_spoil_its_answer(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.1)

    async def thoughtful(scope, receive, send):
        await asyncio.sleep(0.3)
        await echo_headers(scope, receive, send)

    async def hasty_client():
        async with connection_to(thoughtful) as (reader, writer):
            writer.write(GET + GET[:9])
            assert (await reader.read(-1)).startswith(b"HTTP/1.1 200 ")

    asyncio.run(hasty_client())
