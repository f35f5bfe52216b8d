"""The budgets for request bodies and responses: what exceeds them is refused, oldest first."""

import asyncio
import json
import re
import threading
from contextlib import suppress

import pytest

from notes_api.server.memory_budget import Holding, MemoryBudget, incoming, outgoing, spooled
from notes_api.server.request_body import BodyReader, EarlyError
from notes_api.server.thread_pool import ThreadPool
from notes_api.tests.raw_socket import connections_to, echo_headers

KIB = 1024
CHUNKED = [(b"transfer-encoding", b"chunked")]


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert (incoming.total, spooled.total, outgoing.total) == (0, 0, 0)


def test_the_oldest_holder_is_evicted():
    budget, evicted = MemoryBudget(100), []
    first, second, third = [Holding(budget, lambda name=name: evicted.append(name)) for name in "abc"]

    first.resize(40)
    second.resize(40)
    third.resize(40)

    assert (evicted, budget.total) == (["a"], 80)


def test_progress_and_use_protect_from_eviction():
    budget, evicted = MemoryBudget(100), []
    used, reader, idle, new = [Holding(budget, lambda name=name: evicted.append(name)) for name in "urin"]
    for holding in (used, reader, idle):
        holding.resize(30)

    used.keep()
    reader.mark_progress()
    new.resize(30)

    assert evicted == ["i"]


def test_a_holder_that_exceeds_the_budget_alone_is_evicted_itself():
    budget, evicted = MemoryBudget(100), []

    Holding(budget, lambda: evicted.append("a")).resize(101)

    assert (evicted, budget.total) == (["a"], 0)


def test_an_error_during_an_eviction_does_not_reach_another_client(caplog):
    budget, evicted = MemoryBudget(100), []
    broken = Holding(budget, lambda: 1 / 0)
    old, new = [Holding(budget, lambda name=name: evicted.append(name)) for name in ("old", "new")]
    broken.resize(40)
    old.resize(40)

    new.resize(90)

    assert (evicted, budget.total) == (["old"], 90)
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


async def read_body(file_pool, *sizes, is_last=False):
    """Read chunks of these sizes; then the client sends no more, unless the last chunk is the end."""
    messages = [{"type": "http.request", "body": b"x" * size, "more_body": True} for size in sizes]
    messages[-1]["more_body"] = not is_last

    async def receive():
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def authorize():
        pass

    scope = {"path": "/notes", "headers": CHUNKED}
    reader = BodyReader(scope, receive, file_pool)
    try:
        (await reader.read(authorize)).close()
    finally:
        reader.release()


def read_bodies(number, *sizes):
    """Return the outcome of that many concurrent requests, where only the last client completes its body."""

    async def main():
        pool = ThreadPool("files", 1)
        tasks = [asyncio.create_task(read_body(pool, *sizes)) for _ in range(number - 1)]
        await asyncio.sleep(0.05)
        tasks.append(asyncio.create_task(read_body(pool, *sizes, is_last=True)))
        await asyncio.wait(tasks[-1:])
        await asyncio.sleep(0.05)
        refused = [task.exception() for task in tasks[:-1] if task.done()]
        for task in tasks[:-1]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pool.stop()
        return refused, tasks[-1].exception()

    return asyncio.run(main())


@pytest.mark.parametrize(("budget", "size"), [(incoming, 60 * KIB), (spooled, 100 * KIB)])
def test_the_oldest_of_too_many_bodies_is_refused(monkeypatch, settings, budget, size):
    settings.BODY_LIMITS = {"/notes": 1024 * KIB}
    monkeypatch.setattr(budget, "limit", 5 * size)

    refused, last = read_bodies(7, size // 2, size // 2)

    assert last is None
    assert [(type(error), error.status, error.code) for error in refused] == [(EarlyError, 503, "overloaded")] * 2


def test_a_body_counts_until_it_is_in_its_file(monkeypatch, settings):
    settings.BODY_LIMITS = {"/notes": 1024 * KIB}
    monkeypatch.setattr(incoming, "limit", 250 * KIB)
    is_free = threading.Event()

    async def main():
        pool = ThreadPool("files", 1)
        busy = asyncio.create_task(pool.run(is_free.wait))
        tasks = [asyncio.create_task(read_body(pool, 100 * KIB)) for _ in range(3)]
        await asyncio.sleep(0.05)
        waiting = [task.done() for task in tasks], incoming.total
        is_free.set()
        await busy
        await asyncio.sleep(0.05)
        written = [task.done() for task in tasks], incoming.total
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pool.stop()
        return waiting, written

    waiting, written = asyncio.run(main())

    assert waiting == ([True, False, False], 200 * KIB)
    assert written == ([True, False, False], 0)


def test_a_reader_can_be_evicted_while_its_deadline_expires():
    async def main():
        reader = BodyReader({"path": "/notes", "headers": CHUNKED}, asyncio.Event().wait, None)

        async def evict():
            assert reader.deadline.expired()
            reader.evict()

        reader.deadline = asyncio.timeout(0)
        with suppress(TimeoutError):
            async with reader.deadline:
                # The first step of this task runs between the expiry and the error that it causes here.
                eviction = asyncio.create_task(evict())
                await asyncio.Event().wait()
        await eviction

    asyncio.run(main())


def test_a_reader_that_continues_while_it_is_evicted_does_not_wait_for_the_next_chunk(settings):
    settings.BODY_LIMIT, settings.BODY_LIMITS = KIB, {"/notes": 1024 * KIB}

    async def main():
        is_asked, may_continue = asyncio.Event(), asyncio.Event()

        async def receive():
            return await asyncio.Event().wait() if is_asked.is_set() else chunk

        async def authorize():
            is_asked.set()
            await may_continue.wait()

        chunk = {"type": "http.request", "body": b"x" * 2 * KIB, "more_body": True}
        pool = ThreadPool("files", 1)
        reader = BodyReader({"path": "/notes", "headers": CHUNKED}, receive, pool)
        reading = asyncio.create_task(reader.read(authorize))
        await is_asked.wait()
        # The next step of the reader comes before that of the eviction.
        may_continue.set()
        reader.evict()
        try:
            async with asyncio.timeout(10):
                await reading
        finally:
            reader.release()
            pool.stop()

    with pytest.raises(EarlyError, match="too much data"):
        asyncio.run(main())


def test_what_the_parser_holds_counts(monkeypatch):
    monkeypatch.setattr(incoming, "limit", 50 * KIB)

    async def slow(scope, receive, send):
        await asyncio.sleep(0.2)
        await echo_headers(scope, receive, send)

    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 25000\r\n\r\n"

    async def main():
        async with connections_to(slow, 3) as connections:
            for _, writer in connections:
                writer.write(head + b"x" * 20_000)
                await asyncio.sleep(0.02)
            for _, writer in connections[1:]:
                writer.write(b"x" * 5000)
            return [await reader.read(-1) for reader, _ in connections]

    first, *others = asyncio.run(main())

    assert first.startswith(b"HTTP/1.1 503 ")
    assert re.search(rb"\r\nretry-after: [1-5]\r\n", first.lower())
    assert json.loads(first.partition(b"\r\n\r\n")[2])["code"] == "overloaded"
    assert [answer[9:12] for answer in others] == [b"200", b"200"]


def test_incomplete_heads_count(monkeypatch):
    monkeypatch.setattr(incoming, "limit", 12 * KIB)

    async def main():
        async with connections_to(echo_headers, 3) as connections:
            for _, writer in connections:
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"a" * 7000)
                await asyncio.sleep(0.02)
            for _, writer in connections[1:]:
                writer.write(b"\r\n\r\n")
            return [(await reader.read(-1))[9:12] for reader, _ in connections]

    assert asyncio.run(main()) == [b"503", b"200", b"200"]
