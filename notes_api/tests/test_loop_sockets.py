"""How the event loop notices that PostgreSQL has ended a connection."""

import asyncio
import errno
import os

import pytest
import uvloop
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation

from notes_api.db.compiled import run_statement
from notes_api.db.loop_connection import open_loop_connection
from notes_api.server import loop_pool
from notes_api.server.loop_pool import Slot
from notes_api.tests.loop_requests import connected, is_working, run, run_elsewhere

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server"),
]


def test_a_statement_sent_to_a_connection_that_has_just_ended_is_not_waited_for(monkeypatch):
    # The product's loop watches sockets in another way than Python's.
    monkeypatch.setattr(asyncio, "run", uvloop.run)

    async def main(application):
        pool = application.loop_pool
        for slot in pool.idle:
            run_elsewhere(f"SELECT pg_terminate_backend({slot.connection.connection.info.backend_pid}, 5000)")
        with pytest.raises(SynchronousOnlyOperation):
            async with asyncio.timeout(10):
                await is_working(pool)

    run(main)


def test_a_new_connection_is_watched_if_its_socket_has_the_number_of_a_lost_one():
    async def main(application):
        lost = application.loop_pool.idle[0]
        # libpq does this as soon as it reads that the server has ended the connection.
        lost.connection.connection.pgconn.finish()
        new = Slot(await asyncio.to_thread(open_loop_connection))
        lost.close()
        async with asyncio.timeout(10):
            rows = await new.run(lambda: run_statement("SELECT 1 FROM pg_sleep(0.1)", []))
        new.close()
        return rows

    assert run(main) == [(1,)]


def test_a_connection_is_closed_if_the_process_has_too_many_files_open_to_watch_it(monkeypatch):
    opened = []

    def connect():
        opened.append(open_loop_connection())
        return opened[-1]

    def fail(descriptor):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def main(application):
        pool = application.loop_pool
        pool.discard(pool.idle.pop())
        with monkeypatch.context() as patched:
            patched.setattr(loop_pool, "open_loop_connection", connect)
            patched.setattr(loop_pool, "RETRY_INTERVAL", 0)
            patched.setattr(os, "dup", fail)
            await connected(pool)
        was_closed = [each.connection.closed for each in opened]
        await connected(pool)
        return was_closed, len(pool.open)

    assert run(main) == ([True], loop_pool.CONNECTIONS)
