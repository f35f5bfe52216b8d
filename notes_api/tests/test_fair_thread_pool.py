"""Jobs wait for their turn in a fair queue, and leave it when their deadline passes or their client disconnects."""

import asyncio
import gc
import threading
import time
import weakref
from contextlib import suppress

import pytest

from notes_api.monitoring.request_record import RequestRecord
from notes_api.server import thread_pool
from notes_api.server.admission import ClientDisconnected
from notes_api.server.fair_queue import FairQueue
from notes_api.server.fair_thread_pool import FairThreadPool, Place
from notes_api.server.thread_pool import DeadlineExceeded, Job


class Pool(FairThreadPool):
    """A pool with one kind of work, of which each client may do one at a time."""

    def __init__(self, threads):
        super().__init__("test", threads, FairQueue(threads, per_client=1))
        self.kind = self.queue.add_kind(1, 0.001)

    def allow_commits(self, work, seconds=None, client="alice", record=None, run_seconds=None):
        """Return a task that waits for the result; the job has entered the queue."""
        place = Place(client, self.kind, record or RequestRecord(), time.monotonic() + 5)
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        return asyncio.ensure_future(self.run_in_turn(work, place, deadline, run_seconds))


def run(main, threads=1):
    async def with_pool():
        pool = Pool(threads)
        try:
            async with asyncio.timeout(30):
                return await main(pool)
        finally:
            pool.stop()

    return asyncio.run(with_pool())


def test_a_job_that_has_not_started_in_time_never_starts(fake_connection):
    begun, go = [], threading.Event()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineExceeded) as overdue:
            await pool.allow_commits(lambda: begun.append(True), 0.05)
        go.set()
        await first
        await pool.allow_commits(lambda: None)
        return overdue.value.has_started

    assert run(main) is False
    assert begun == []


def test_a_job_whose_client_disconnects_before_it_begins_never_starts(fake_connection):
    begun, go, record = [], threading.Event(), RequestRecord()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        await asyncio.sleep(0)
        waiting = pool.allow_commits(lambda: begun.append(True), record=record)
        await asyncio.sleep(0)
        record.abandon()
        with pytest.raises(ClientDisconnected):
            await waiting
        go.set()
        await first
        return await pool.allow_commits(lambda: "next")

    assert run(main) == "next"
    assert begun == []


def test_a_job_whose_client_has_disconnected_never_waits(fake_connection):
    go, record = threading.Event(), RequestRecord(is_abandoned=True)

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        await asyncio.sleep(0)
        with pytest.raises(ClientDisconnected):
            await pool.allow_commits(lambda: None, record=record)
        go.set()
        await first

    run(main)


def test_a_started_job_finishes_after_its_client_disconnected(fake_connection):
    go, record = threading.Event(), RequestRecord()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30) and "done", record=record)
        await asyncio.sleep(0.05)
        record.abandon()
        go.set()
        return await first

    assert run(main) == "done"


def test_a_cancelled_job_gives_its_place_to_the_next(fake_connection):
    go = threading.Event()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        waiting = pool.allow_commits(lambda: None)
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        go.set()
        await first
        return await pool.allow_commits(lambda: "next"), pool.queue.clients

    assert run(main) == ("next", {})


def test_an_overdue_job_keeps_its_place_until_its_thread_ends(fake_connection):
    go = threading.Event()

    async def main(pool):
        with pytest.raises(DeadlineExceeded):
            await pool.allow_commits(lambda: go.wait(30), 0.05)
        with pytest.raises(DeadlineExceeded):
            await pool.allow_commits(lambda: None, 0.05)
        others = await pool.allow_commits(lambda: "others", 10, client="bob")
        go.set()
        return others, await pool.allow_commits(lambda: "later", 10)

    assert run(main, threads=2) == ("others", "later")


def test_the_time_of_the_work_begins_when_it_starts(fake_connection):
    go = threading.Event()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        waiting = pool.allow_commits(lambda: "in time", 30, run_seconds=5)
        await asyncio.sleep(0.2)
        assert not waiting.done()
        go.set()
        await first
        return await waiting

    assert run(main) == "in time"


def test_work_that_begins_just_before_its_deadline_has_its_own_time(fake_connection):
    """Otherwise one late log-in would get all that wait refused, as if the database were away."""
    go, record = threading.Event(), RequestRecord()

    async def main(pool):
        first = pool.allow_commits(lambda: go.wait(30))
        late = pool.allow_commits(lambda: time.sleep(0.6) or "late", 0.2, record=record, run_seconds=20)
        following = pool.allow_commits(lambda: "following", 30, "bob", run_seconds=20)
        await asyncio.sleep(0.15)
        go.set()
        return await asyncio.gather(first, late, following)

    assert run(main) == [True, "late", "following"]
    assert record.refusal is None


def test_a_job_that_ends_after_its_deadline_counts_as_refused_only_if_it_was(fake_connection, monkeypatch):
    """A write that was committed late is a success. A statement that was stopped is an error of the database."""
    late, stopped = RequestRecord(method="POST"), RequestRecord(method="POST")

    async def end_late(pool, record, finish):
        is_stopped = threading.Event()
        # The database responds.
        monkeypatch.setattr(thread_pool, "stop_statement", lambda _, may_write: is_stopped.set() or True)
        await pool.allow_commits(lambda: is_stopped.wait(30) and finish(), 0.05, record=record)

    async def main(pool):
        await end_late(pool, late, lambda: None)
        await end_late(pool, stopped, lambda: setattr(stopped, "refusal", "database"))

    run(main)

    assert (late.refusal, stopped.refusal) == (None, "deadline")


def test_a_client_that_disconnects_just_before_the_deadline_gives_up_its_place_once(fake_connection):
    go, record, errors = threading.Event(), RequestRecord(), []

    async def main(pool):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context))
        first = pool.allow_commits(lambda: go.wait(30))
        waiting = pool.allow_commits(lambda: None, 0.05, record=record)
        await asyncio.sleep(0)
        # Both are due in the same iteration of the loop.
        time.sleep(0.1)
        loop.call_soon(record.abandon)
        with pytest.raises(ClientDisconnected):
            await waiting
        go.set()
        await first
        return pool.queue.free, pool.queue.clients

    assert run(main) == (1, {})
    assert errors == []


def test_work_that_takes_too_long_fails_what_waits_behind_it(fake_connection):
    go = threading.Event()

    async def main(pool):
        stuck = pool.allow_commits(lambda: go.wait(30), 30, run_seconds=0.05)
        waiting = [pool.allow_commits(lambda: None, 30, client, run_seconds=0.05) for client in ("alice", "bob")]
        results = await asyncio.gather(stuck, *waiting, return_exceptions=True)
        go.set()
        return [(type(result), result.has_started) for result in results]

    assert run(main) == [(DeadlineExceeded, True), (DeadlineExceeded, False), (DeadlineExceeded, False)]


def test_a_result_does_not_wait_for_the_garbage_collection():
    """It may be a response of 10 MiB."""

    async def main(pool):
        return weakref.ref(await pool.allow_commits(set))

    gc.disable()
    try:
        assert run(main)() is None
    finally:
        gc.enable()


def test_a_job_that_is_cancelled_twice_gives_up_its_place_once(fake_connection):
    async def main(pool):
        ended = []
        job = Job(lambda: None)
        job.when_ended = lambda: ended.append(True)
        answers = [job.cancel_unless_started() for _ in range(2)]
        return answers, ended

    assert run(main) == ([True, True], [True])
