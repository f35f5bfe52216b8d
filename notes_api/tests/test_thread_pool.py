"""A thread pool runs jobs with a deadline, and frees threads that wait for a database."""

import asyncio
import os
import threading
import time
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.db import connection as database

from notes_api.server import thread_pool
from notes_api.server.thread_pool import DeadlineExceeded, Job
from notes_api.tests.edge.server import eventually
from notes_api.tests.thread_pools import run, run_past_deadline


def test_the_result_of_the_job_reaches_the_caller(fake_connection):
    assert run(lambda pool: pool.run(lambda: threading.current_thread().name)) == "test-0"


def test_an_exception_of_the_job_reaches_the_caller(fake_connection):
    with pytest.raises(ZeroDivisionError):
        run(lambda pool: pool.run(lambda: 1 // 0))


def test_a_timeout_raised_by_the_job_is_not_an_exceeded_deadline(fake_connection):
    def impatient():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(lambda pool: pool.run(impatient, 5))


def test_a_thread_that_waits_for_a_frozen_database_is_freed(fake_connection):
    heard = []

    async def main(pool):
        with pytest.raises(DeadlineExceeded) as overdue:
            await run_past_deadline(pool, lambda: heard.append(fake_connection.query()))
        assert overdue.value.has_started
        return await pool.run(lambda: "free", 5)

    assert run(main) == "free"
    assert heard == [b""]


def test_a_job_that_connects_again_is_interrupted_again(fake_connection):
    heard = []

    def stubborn():
        heard.append(fake_connection.query())
        fake_connection.close()
        fake_connection.open()
        heard.append(fake_connection.query())

    async def main(pool):
        with pytest.raises(DeadlineExceeded):
            await run_past_deadline(pool, stubborn)
        await pool.run(lambda: None, 5)

    run(main)

    assert heard == [b"", b""]


def test_a_result_in_the_same_turn_as_the_deadline_counts(fake_connection, monkeypatch):
    async def main(pool):
        waiting = asyncio.create_task(pool.run(lambda: "just in time", 0.2))
        await asyncio.sleep(0)
        # The loop is blocked, as on a busy machine, until the result and the deadline have both come.
        eventually(lambda: not pool.jobs.qsize())
        time.sleep(0.5)
        return await waiting

    assert run(main) == "just in time"


def test_a_connection_that_was_cut_is_closed_before_the_next_job(fake_connection):
    async def main(pool):
        with pytest.raises(DeadlineExceeded):
            await run_past_deadline(pool, fake_connection.query)
        return await pool.run(lambda: fake_connection.closed, 5)

    assert run(main) == 1


def test_a_finished_job_is_not_interrupted(fake_connection):
    async def main():
        job = Job(lambda: None)
        job.run()
        await job.outcome
        return job.stop_statements(), fake_connection.closed

    assert asyncio.run(main()) == (True, 0)
    fake_connection.theirs.send(b"!")
    assert fake_connection.query() == b"!"


def test_a_job_that_finishes_while_it_is_stopped_keeps_its_result(fake_connection, monkeypatch):
    """What it has committed must not be reported as failed."""
    go = threading.Event()

    def stop_late(job, stop_statements=Job.stop_statements):
        responds = stop_statements(job)
        go.set()
        eventually(lambda: job.is_finished)
        return responds

    monkeypatch.setattr(thread_pool, "STOP_SECONDS", 0)
    monkeypatch.setattr(Job, "stop_statements", stop_late)
    # Until then the thread does not publish the result.
    monkeypatch.setattr(fake_connection, "close", lambda: time.sleep(0.2))

    assert run(lambda pool: run_past_deadline(pool, lambda: go.wait(30) and "committed")) == "committed"


def test_the_caller_gets_an_error_even_if_stopping_fails(fake_connection, monkeypatch, caplog):
    go = threading.Event()

    def fail(connection, *, may_write):
        raise ZeroDivisionError

    async def main(pool):
        with pytest.raises(DeadlineExceeded):
            await asyncio.wait_for(run_past_deadline(pool, lambda: go.wait(30)), 30)
        go.set()

    monkeypatch.setattr(thread_pool, "stop_statement", fail)
    run(main)

    assert "A statement could not be stopped" in caplog.text


def test_a_response_after_the_deadline_is_closed(fake_connection):
    late, go = SimpleNamespace(closed=False), threading.Event()
    late.close = lambda: setattr(late, "closed", True)

    def slow():
        go.wait(30)
        return late

    async def main(pool):
        with pytest.raises(DeadlineExceeded):
            await run_past_deadline(pool, slow)
        go.set()
        await pool.run(lambda: None)

    run(main)

    assert late.closed


@pytest.mark.skipif(not os.environ.get("DATABASE_HOSTNAME"), reason="needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_thread_waiting_for_postgresql_gets_an_error():
    def sleep():
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    def backend():
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()

    async def main(pool):
        with pytest.raises(OperationalError):
            await run_past_deadline(pool, sleep)
        return await pool.run(backend, 10)

    assert run(main) == (1,)
