"""Runs short requests in the thread of the event loop, each with a database connection to itself.

Handing a request to a thread and back costs more than most reads. Here each request is a greenlet, and only
`wait_on_loop` in `notes_api/db/loop_connection.py` switches to another one.
"""

import asyncio
import os
import select
import time
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from greenlet import GreenletExit, greenlet
from psycopg.waiting import Ready, Wait

from notes_api.db.loop_connection import LoopConnection, PostgresqlConnection, open_loop_connection
from notes_api.monitoring.request_record import RequestRecord
from notes_api.server.admission import ClientDisconnected, Ticket
from notes_api.server.fair_queue import FairQueue
from notes_api.server.fair_thread_pool import Place
from notes_api.server.thread_pool import DeadlineExceeded, ThreadPool

T = TypeVar("T")

# Connections of one process. On SQLite no request waits while another one runs.
CONNECTIONS = 4
# Requests that may use the loop at the same time. One client leaves one of these turns to others.
TURNS = 4
# Seconds until the next attempt after one to connect has failed.
RETRY_INTERVAL = 1.0


class Slot:
    """One connection, and the request that uses it."""

    def __init__(self, connection: LoopConnection) -> None:
        self.loop = asyncio.get_running_loop()
        self.connection = connection
        self.request: greenlet | None = None
        self.outcome: asyncio.Future[Any] | None = None  # Any: requests return values of different types
        self.is_closed = False
        self.opened_at, self.max_age = time.monotonic(), connection.settings_dict["CONN_MAX_AGE"]
        # In this context Django's `connection` is this one. Each request gets a copy, so it can leave nothing behind.
        self.context: Context = copy_context()
        self.context.run(connections.__setitem__, DEFAULT_DB_ALIAS, connection)
        # The loop watches a copy. When the server ends the connection, libpq closes the socket at once, and another one
        # that gets its number would not be watched.
        self.socket = os.dup(connection.connection.fileno()) if isinstance(connection, PostgresqlConnection) else None
        self.errors = select.poll()
        if self.socket is not None:
            self.loop.add_reader(self.socket, self.on_readable)
            self.errors.register(self.socket, 0)

    @property
    def is_usable(self) -> bool:
        is_expired = self.max_age and time.monotonic() - self.opened_at >= self.max_age
        return not self.is_closed and not is_expired and self.connection.is_usable_on_loop

    async def run(self, work: Callable[[], T], deadline: float | None = None) -> T:
        """Run `work` in a greenlet and return its result.

        If the caller stops waiting, or at the deadline, this closes the connection. Raises `DeadlineExceeded`.
        """
        outcome: asyncio.Future[T] = self.loop.create_future()
        self.outcome, self.request = outcome, greenlet(work)
        self.request.gr_context = self.context.copy()
        timer = None if deadline is None else self.loop.call_at(deadline, finish, outcome, expired())
        self.resume()
        try:
            return await outcome
        finally:
            if timer is not None:
                timer.cancel()
            if not self.request.dead:
                self.close()
                self.request.throw(GreenletExit)
            self.outcome = self.request = None
            del outcome  # its error refers to this frame

    def resume(self, *ready: Ready) -> None:
        """Let the request continue until it waits for the database or ends."""
        assert self.request is not None  # noqa: S101  # one is running
        assert self.outcome is not None  # noqa: S101  # as above
        try:
            result = self.request.switch(*ready)
        except BaseException as error:  # noqa: BLE001  # the caller gets it through `outcome`
            self.outcome.set_exception(error)
            return
        if self.request.dead:
            self.outcome.set_result(result)
        elif result != Wait.R:
            # The statement is larger than the buffer of the socket.
            self.close()
            self.outcome.set_exception(SynchronousOnlyOperation())

    def on_readable(self) -> None:
        if self.outcome is None or self.outcome.done():
            # The server ends the connection. What else it may send, such as a changed setting, is so rare that the
            # connection is replaced too.
            self.close()
            return
        self.resume(Ready.R)
        # uvloop reports an error of a socket once, and does not watch the socket any longer.
        while not self.outcome.done() and self.errors.poll(0):
            self.resume(Ready.R)

    def close(self) -> None:
        """Close the connection without waiting for the server."""
        if self.is_closed:
            return
        self.is_closed = True
        if self.socket is not None:
            self.loop.remove_reader(self.socket)
            os.close(self.socket)
        self.connection.connection.close()


class LoopPool:
    def __init__(self) -> None:
        database = settings.DATABASES[DEFAULT_DB_ALIAS]
        is_sqlite = "sqlite" in database["ENGINE"]
        # Behind a pooler in transaction mode there are no prepared statements.
        self.size = 0 if database.get("DISABLE_SERVER_SIDE_CURSORS") else 1 if is_sqlite else CONNECTIONS
        # All open connections, and those that no request uses.
        self.open: set[Slot] = set()
        self.idle: list[Slot] = []
        self.connecting: asyncio.Task[None] | None = None
        self.thread = ThreadPool("connecting", 1)
        self.queue = FairQueue(TURNS, per_client=TURNS - 1)
        self.kind = self.queue.add_kind(TURNS - 1, seconds=0.001)
        # On SQLite, a turn lasts until the next iteration of the loop. Otherwise no request would wait, and all that
        # have arrived would be processed in the order of their arrival.
        self.end_turn = partial(call_soon, self.queue.release) if is_sqlite else self.queue.release

    async def run(self, work: Callable[[], T], place: Place, deadline: float | None = None) -> T:
        """Run `work` when it is the turn of its client, and return its result.

        Raises `SynchronousOnlyOperation` if it must start again in a thread, `Overloaded`, `DeadlineExceeded` and
        `ClientDisconnected`.
        """
        ticket = place.take_ticket()
        self.queue.enter(ticket, place.client, self.kind)
        if not ticket.has_started:
            await self.wait(ticket, place.record, deadline)
        try:
            slot = self.take_slot()
            try:
                return await slot.run(work, deadline)
            finally:
                self.release(slot)
        finally:
            self.end_turn(ticket)

    async def wait(self, ticket: Ticket, record: RequestRecord, deadline: float | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket.start, ticket.refuse = partial(finish, turn), partial(finish, turn)
        try:
            with record.watch_client(lambda: self.queue.leave(ticket) and ticket.refuse(ClientDisconnected())):
                async with asyncio.timeout_at(deadline) as until_deadline, asyncio.timeout_at(ticket.leaves_at):
                    await turn
        except TimeoutError:
            self.queue.give_up(ticket)
            raise (expired() if until_deadline.expired() else ticket.overloaded()) from None
        except BaseException:
            self.queue.give_up(ticket)
            raise

    def take_slot(self) -> Slot:
        """Return a usable connection. Raises `SynchronousOnlyOperation` if there is none at the moment."""
        while self.idle:
            slot = self.idle.pop()
            if slot.is_usable:
                return slot
            self.discard(slot)
        if len(self.open) < self.size:
            self.connect()
        raise SynchronousOnlyOperation

    def release(self, slot: Slot) -> None:
        if slot.is_usable:
            self.idle.append(slot)
        else:
            self.discard(slot)
            self.connect()

    def discard(self, slot: Slot) -> None:
        slot.close()
        self.open.discard(slot)

    def connect(self) -> None:
        """Open the missing connections in a thread."""
        if self.connecting is None or self.connecting.done():
            self.connecting = asyncio.create_task(self.connect_missing())

    async def connect_missing(self) -> None:
        while len(self.open) < self.size:
            try:
                slot = open_slot(await self.thread.run(open_loop_connection))
            except (DatabaseError, OSError):
                # The requests in threads report it.
                await asyncio.sleep(RETRY_INTERVAL)
                return
            self.open.add(slot)
            self.release(slot)

    def stop(self) -> None:
        self.size = 0
        if self.connecting is not None:
            self.connecting.cancel()
        self.thread.stop()
        for slot in self.open:
            slot.close()


def open_slot(connection: LoopConnection) -> Slot:
    """Return a slot with this connection. Raises `OSError` if the process has too many files open."""
    try:
        return Slot(connection)
    except OSError:
        connection.close()
        raise


def expired() -> DeadlineExceeded:
    # A thread may still use the body of a request that has started. Nothing on the loop does.
    return DeadlineExceeded(has_started=False)


def finish(turn: asyncio.Future[Any], reason: Exception | None = None) -> None:  # Any: as above
    """End the wait for a turn or an outcome, which has come or never will."""
    if turn.done():
        return
    if reason is None:
        turn.set_result(None)
    else:
        turn.set_exception(reason)


def call_soon(function: Callable[[Ticket], None], ticket: Ticket) -> None:
    asyncio.get_running_loop().call_soon(function, ticket)
