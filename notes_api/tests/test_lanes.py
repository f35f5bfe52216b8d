import asyncio
import os
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from django.db import connection as database

from notes_api import lanes
from notes_api.lanes import Job, Lane, Overdue
from notes_api.tests.edge.server import eventually

# What a frozen PostgreSQL is to a thread: a socket that never says anything.


class FakeConnection:
    """A Django connection whose server can be as silent as a frozen one."""

    def __init__(self):
        self.closed = 0
        self.open()

    def open(self):
        self.ours, self.theirs = socket.socketpair()
        self.connection = SimpleNamespace(pgconn=SimpleNamespace(socket=self.ours.fileno()))

    def query(self):
        """Wait for the server, like psycopg: an empty answer is a connection that has been cut."""
        self.ours.settimeout(5)
        return self.ours.recv(1)

    def close(self):
        self.closed += 1
        self.ours.close()
        self.theirs.close()
        self.connection = None


@pytest.fixture
def connection(monkeypatch):
    connection = FakeConnection()
    fake = SimpleNamespace(all=lambda: [connection], close_all=connection.close)
    monkeypatch.setattr(lanes, "connections", fake)
    monkeypatch.setattr(lanes, "CUT_INTERVAL", 0.02)
    yield connection
    connection.close()


def run(main, threads=1):
    """Run a coroutine function that is given a lane."""

    async def with_lane():
        lane = Lane("test", threads)
        try:
            return await main(lane)
        finally:
            lane.stop()

    return asyncio.run(with_lane())


def test_what_the_work_returns_is_what_the_caller_gets(connection):
    assert run(lambda lane: lane.run(lambda: threading.current_thread().name)) == "test-0"


def test_what_the_work_raises_is_what_the_caller_gets(connection):
    with pytest.raises(ZeroDivisionError):
        run(lambda lane: lane.run(lambda: 1 // 0))


def test_a_time_out_of_the_work_itself_is_no_overdue_job(connection):
    def impatient():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(lambda lane: lane.run(impatient, 5))


def test_a_thread_stuck_in_a_silent_database_is_freed(connection):
    heard = []

    async def main(lane):
        with pytest.raises(Overdue) as overdue:
            await lane.run(lambda: heard.append(connection.query()), 0.05)
        assert overdue.value.has_begun
        return await lane.run(lambda: "free", 5)

    assert run(main) == "free"
    assert heard == [b""]


def test_a_job_that_connects_again_is_cut_again(connection):
    heard = []

    def stubborn():
        heard.append(connection.query())
        connection.close()
        connection.open()
        heard.append(connection.query())

    async def main(lane):
        with pytest.raises(Overdue):
            await lane.run(stubborn, 0.05)
        await lane.run(lambda: None, 5)

    run(main)

    assert heard == [b"", b""]


def test_an_outcome_in_the_very_turn_of_the_deadline_counts(connection, monkeypatch):
    async def main(lane):
        waiting = asyncio.create_task(lane.run(lambda: "just in time", 0.05))
        await asyncio.sleep(0)
        # The loop is held up, as it is on a busy machine, until both the outcome and the deadline are there.
        eventually(lambda: not lane.jobs.qsize())
        time.sleep(0.5)
        return await waiting

    assert run(main) == "just in time"


def test_a_connection_that_was_cut_is_closed_before_the_next_job(connection):
    async def main(lane):
        with pytest.raises(Overdue):
            await lane.run(connection.query, 0.05)
        return await lane.run(lambda: connection.closed, 5)

    assert run(main) == 1


def test_a_job_that_came_to_its_end_is_no_longer_cut(connection):
    async def main():
        job = Job(lambda: None)
        job.run()
        await job.outcome
        return job.cut()

    assert asyncio.run(main()) is False
    connection.theirs.send(b"!")
    assert connection.query() == b"!"


def test_a_job_that_has_not_begun_in_time_never_does(connection):
    begun, go = [], threading.Event()

    async def main(lane):
        first = asyncio.create_task(lane.run(lambda: go.wait(30)))
        await asyncio.sleep(0)
        with pytest.raises(Overdue) as overdue:
            await lane.run(lambda: begun.append(True), 0.05)
        go.set()
        await first
        await lane.run(lambda: None)
        return overdue.value.has_begun

    assert run(main) is False
    assert begun == []


def test_a_job_whose_turn_does_not_come_in_time_never_begins(connection):
    begun = []

    async def main(lane):
        first, second = asyncio.Semaphore(1), asyncio.Semaphore(1)
        await second.acquire()
        with pytest.raises(Overdue) as overdue:
            await lane.run(lambda: begun.append(True), 0.05, [first, second])
        second.release()
        await lane.run(lambda: None, 10, [first, second])
        return overdue.value.has_begun

    assert run(main) is False
    assert begun == []


def test_a_job_that_gets_no_thread_in_time_gives_its_turn_back(connection):
    go = threading.Event()

    async def main(lane):
        turn = asyncio.Semaphore(1)
        first = asyncio.create_task(lane.run(lambda: go.wait(30)))
        await asyncio.sleep(0)
        with pytest.raises(Overdue):
            await lane.run(lambda: None, 0.05, [turn])
        go.set()
        await first
        return await lane.run(lambda: "begun", 10, [turn])

    assert run(main) == "begun"


def test_a_job_that_nobody_waits_for_any_more_gives_its_turn_back(connection):
    async def main(lane):
        first, second = asyncio.Semaphore(1), asyncio.Semaphore(1)
        await second.acquire()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await lane.run(lambda: None, 10, [first, second])
        second.release()
        return await lane.run(lambda: "begun", 10, [first, second])

    assert run(main) == "begun"


def test_a_job_that_nobody_waits_for_any_more_comes_to_its_end_once_begun(connection):
    go, ended = threading.Event(), threading.Event()

    async def main(lane):
        turn = asyncio.Semaphore(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await lane.run(lambda: go.wait(30) and ended.set(), 10, [turn])
        assert turn.locked()
        go.set()
        await lane.run(lambda: None, 10, [turn])

    run(main)
    assert ended.is_set()


def test_an_overdue_job_keeps_its_turn_as_long_as_its_thread(connection):
    go = threading.Event()

    async def main(lane):
        turn = asyncio.Semaphore(1)
        with pytest.raises(Overdue):
            await lane.run(lambda: go.wait(30), 0.05, [turn])
        with pytest.raises(Overdue):
            await lane.run(lambda: None, 0.05, [turn])
        go.set()
        return await lane.run(lambda: "begun", 10, [turn])

    assert run(main, threads=2) == "begun"


def test_an_answer_that_comes_too_late_is_closed(connection):
    late, go = SimpleNamespace(closed=False), threading.Event()
    late.close = lambda: setattr(late, "closed", True)

    def slow():
        go.wait(30)
        return late

    async def main(lane):
        with pytest.raises(Overdue):
            await lane.run(slow, 0.05)
        go.set()
        await lane.run(lambda: None)

    run(main)

    assert late.closed


@pytest.mark.skipif(not os.environ.get("DATABASE_HOSTNAME"), reason="needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_thread_waiting_for_postgresql_is_freed():
    def sleep():
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    def backend():
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()

    async def main(lane):
        with pytest.raises(Overdue):
            await lane.run(sleep, 0.3)
        return await lane.run(backend, 10)

    assert run(main) == (1,)
