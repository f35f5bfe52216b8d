"""Requests on the event loop when the database is slow, busy or gone: the loop never waits, and a thread takes over."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import psycopg
import pytest
from django.conf import settings as configured
from django.core.exceptions import SynchronousOnlyOperation
from django.db import OperationalError, connection, transaction

from notes.models import Note
from notes.tests.factories import make_note
from notes_api.db.compiled import run_statement
from notes_api.db.loop_connection import PostgresqlConnection, SqliteConnection, open_loop_connection
from notes_api.server import loop_pool
from notes_api.tests.loop_requests import connected, is_working, run, run_elsewhere, run_on_loop, token_of

pytestmark = pytest.mark.django_db(transaction=True)
only_postgresql = pytest.mark.skipif(not configured.DATABASE_HOSTNAME, reason="SQLite has no server")
only_sqlite = pytest.mark.skipif(bool(configured.DATABASE_HOSTNAME), reason="On PostgreSQL, writers wait for nobody")


async def end_connections(pool):
    """Let the server end every connection of the pool."""
    for slot in list(pool.open):
        pid = slot.connection.connection.info.backend_pid
        await asyncio.to_thread(run_elsewhere, f"SELECT pg_terminate_backend({pid}, 5000)")


@only_postgresql
def test_a_connection_lost_between_two_requests_is_not_noticed(alice):
    note, token = make_note(owner=alice), token_of(alice)

    async def main(application):
        before = await application.get(f"/notes/{note.pk}", token)
        await end_connections(application.loop_pool)
        after = await application.get(f"/notes/{note.pk}", token)
        await connected(application.loop_pool)
        return before.status, after.status, await is_working(application.loop_pool)

    assert run(main) == (200, 200, [(1,)])


@only_postgresql
def test_a_connection_lost_during_a_statement_sends_the_request_to_a_thread():
    async def main(application):
        waiting = asyncio.create_task(
            run_on_loop(application.loop_pool, lambda: run_statement("SELECT pg_sleep(60)", []))
        )
        await asyncio.sleep(0.1)
        await end_connections(application.loop_pool)
        with pytest.raises(SynchronousOnlyOperation):
            await waiting
        await connected(application.loop_pool)
        return await is_working(application.loop_pool)

    assert run(main) == [(1,)]


@only_postgresql
def test_a_slow_statement_holds_up_only_its_own_connection_and_is_abandoned():
    async def main(application):
        pool = application.loop_pool
        slow = asyncio.create_task(run_on_loop(pool, lambda: run_statement("SELECT pg_sleep(60)", [])))
        others = [await is_working(pool) for _ in range(20)]
        was_pending = not slow.done()
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        remaining = len(pool.open)
        await connected(pool)
        return others, was_pending, remaining, len(pool.open)

    assert run(main) == ([[(1,)]] * 20, True, loop_pool.CONNECTIONS - 1, loop_pool.CONNECTIONS)


@only_postgresql
def test_a_request_gets_503_if_all_connections_are_busy_until_its_deadline(alice, settings):
    settings.REQUEST_TIMEOUT, token = 0.3, token_of(alice)

    async def main(application):
        pool = application.loop_pool
        slow = [
            asyncio.create_task(run_on_loop(pool, lambda: run_statement("SELECT pg_sleep(60)", []), number))
            for number in range(pool.size)
        ]
        await asyncio.sleep(0)
        late = await application.get("/notes", token)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        await connected(pool)
        settings.REQUEST_TIMEOUT = 0
        return late, await application.get("/notes", token)

    late, later = run(main)

    assert (late.status, late.headers["retry-after"], late.body["code"]) == (503, "1", "service_unavailable")
    assert later.status == 200


@only_postgresql
def test_a_plan_that_a_migration_outdated_is_made_again():
    run_elsewhere("CREATE TABLE probe AS SELECT 1 AS one")

    async def main(application):
        def read():
            return run_statement("SELECT * FROM probe", [])

        before = [await run_on_loop(application.loop_pool, read) for _ in range(loop_pool.CONNECTIONS)]
        await asyncio.to_thread(run_elsewhere, "ALTER TABLE probe ADD two integer DEFAULT 2")
        return before, [await run_on_loop(application.loop_pool, read) for _ in range(loop_pool.CONNECTIONS)]

    try:
        before, after = run(main)
    finally:
        run_elsewhere("DROP TABLE probe")

    assert (before, after) == ([[(1,)]] * loop_pool.CONNECTIONS, [[(1, 2)]] * loop_pool.CONNECTIONS)


@only_sqlite
def test_a_reader_on_the_loop_does_not_wait_for_a_writer(alice):
    note, token = make_note(owner=alice, title="Milk"), token_of(alice)

    async def main(application):
        await application.get(f"/notes/{note.pk}", token)
        application.in_threads.clear()
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE notes_note SET title = 'changed'")
            answer = await application.get(f"/notes/{note.pk}", token)
        return answer.body["title"], application.in_threads

    assert run(main) == ("Milk", [])


def test_connecting_never_happens_on_the_loop(monkeypatch, alice):
    threads = []

    def connect(open_connection=loop_pool.open_loop_connection):
        threads.append(threading.current_thread().name)
        return open_connection()

    monkeypatch.setattr(loop_pool, "open_loop_connection", connect)

    async def main(application):
        for slot in application.loop_pool.open:
            slot.close()
        answer = await application.get("/notes", token_of_alice)
        await connected(application.loop_pool)
        return answer.status, len(application.loop_pool.open)

    token_of_alice = token_of(alice)

    assert run(main)[0] == 200
    assert set(threads) == {"connecting-0"}


def test_failing_to_connect_raises_an_error_of_django(monkeypatch):
    def fail(self, parameters):
        raise self.Database.OperationalError

    for kind in (PostgresqlConnection, SqliteConnection):
        monkeypatch.setattr(kind, "get_new_connection", fail)
    with pytest.raises(OperationalError):
        open_loop_connection()


def test_without_a_connection_requests_run_in_threads_until_the_next_attempt(monkeypatch, alice):
    token, is_down = token_of(alice), True

    def connect(open_connection=loop_pool.open_loop_connection):
        if is_down:
            raise OperationalError
        return open_connection()

    monkeypatch.setattr(loop_pool, "open_loop_connection", connect)
    monkeypatch.setattr(loop_pool, "RETRY_INTERVAL", 0)

    async def main(application):
        nonlocal is_down
        down = (await application.get("/notes", token)).status, application.in_threads.copy()
        is_down = False
        while not application.loop_pool.open:
            await connected(application.loop_pool)
        application.in_threads.clear()
        return down, (await application.get("/notes", token)).status, application.in_threads

    assert run(main) == ((200, ["/notes"]), 200, [])


def write():
    run_statement("UPDATE notes_note SET title = %s", ["changed"])


def begin():
    with transaction.atomic():
        pass


@pytest.mark.parametrize("use", [write, begin, Note.objects.count, Note.objects.first, connection.close])
def test_any_other_use_of_the_database_needs_a_thread(alice, use):
    make_note(owner=alice, title="Milk")

    async def main(application):
        with pytest.raises(SynchronousOnlyOperation):
            await run_on_loop(application.loop_pool, use)
        return await is_working(application.loop_pool)

    assert run(main) == [(1,)]
    assert Note.objects.get().title == "Milk"


def test_a_connection_that_opens_while_the_server_stops_is_closed_without_an_error(monkeypatch):
    has_begun, may_open = threading.Event(), threading.Event()
    opened, errors = [], []

    def open_late():
        has_begun.set()
        may_open.wait(10)
        opened.append(open_loop_connection())
        return opened[0]

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        pool = loop_pool.LoopPool()
        pool.connect()
        await asyncio.to_thread(has_begun.wait, 10)
        pool.connecting.cancel()
        await asyncio.wait({pool.connecting})
        may_open.set()
        pool.stop()
        await asyncio.sleep(0)

    monkeypatch.setattr(loop_pool, "open_loop_connection", open_late)
    asyncio.run(main())

    assert errors == []
    with pytest.raises((psycopg.OperationalError, sqlite3.ProgrammingError)):
        opened[0].connection.execute("SELECT 1")
