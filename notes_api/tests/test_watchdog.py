"""Threads without a deadline do not wait for a database server that no longer responds."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from notes_api.db import watchdog
from notes_api.db.watchdog import Watchdog

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server"),
]


@pytest.fixture
def watch(monkeypatch):
    """The `watch` of an impatient watchdog."""
    monkeypatch.setattr(watchdog, "LIMIT", 0.3)
    monkeypatch.setattr(watchdog, "INTERVAL", 0.05)
    return Watchdog().watch


@pytest.fixture
def in_thread(watch):
    """`in_thread(work)` runs it in a thread that is watched, and returns its result."""

    def watched(work):
        try:
            with watch():
                return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        yield lambda work: threads.submit(watched, work).result()


def run(statement):
    with connection.cursor() as cursor:
        # Otherwise the server would not notice until the end of the statement that its client has gone.
        cursor.execute("SET client_connection_check_interval = '100ms'")
        cursor.execute(statement)
        return cursor.fetchone()


def test_a_statement_that_gets_no_answer_ends_with_an_error(in_thread):
    with pytest.raises(OperationalError):
        in_thread(lambda: run("SELECT pg_sleep(3)"))


def test_a_thread_that_waits_for_something_else_keeps_its_connection(in_thread):
    def work():
        before = run("SELECT pg_backend_pid()")
        time.sleep(0.8)
        return before, run("SELECT pg_backend_pid()")

    before, after = in_thread(work)

    assert before == after


def test_the_time_of_earlier_work_does_not_count(watch):
    run("SELECT 1")

    for _ in range(3):
        with watch():
            run("SELECT pg_sleep(0.2)")
        time.sleep(0.3)


def test_a_thread_is_watched_again_after_an_error(in_thread):
    for _ in range(2):
        with pytest.raises(OperationalError):
            in_thread(lambda: run("SELECT pg_sleep(3)"))
    assert in_thread(lambda: run("SELECT 1")) == (1,)
