"""Lanes of long-lived threads for synchronous work, with a deadline and a way to free a thread stuck in PostgreSQL.

A thread keeps its database connections from job to job, which is where one hop gets its speed from.
"""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from notes_api.turns import Turns

T = TypeVar("T")

# Seconds between two attempts to free a thread: a job may connect again after its connection was cut.
CUT_INTERVAL = 1.0


class Overdue(Exception):
    """The job did not end in time. If it `has_begun`, it is being cut off from the database; if not, it never will."""

    def __init__(self, *, has_begun: bool) -> None:
        super().__init__(has_begun)
        self.has_begun = has_begun


class Job(Generic[T]):
    """One piece of work, awaited on the loop as `outcome` and run once in a thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[T] = self.loop.create_future()
        # Held while connections are cut: the thread cannot move on to its next job meanwhile.
        self.lock = threading.Lock()
        self.connections: Sequence[BaseDatabaseWrapper] = ()
        self.is_abandoned = self.is_over = self.is_cut = False
        self.turns: list[Turns] = []

    async def wait_for(self, turns: Iterable[Turns]) -> None:
        for turn in turns:
            await turn.acquire()
            self.turns.append(turn)

    def give_turns_back(self) -> None:
        """Only when no thread works on it: an overdue job still keeps one busy."""
        for turn in self.turns:
            turn.release()

    def run(self) -> None:
        with self.lock:
            if self.is_abandoned:
                return
            self.connections = connections.all()
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 (whoever awaits the outcome gets it, the thread lives on)
            self.leave(self.outcome.set_exception, error)
        else:
            self.leave(self.outcome.set_result, result)

    def leave(self, settle: Callable[[Any], None], outcome: object) -> None:
        """From here on the thread's connections are the next job's, and a cut one must not reach it."""
        with self.lock:
            unfit = self.connections if self.is_cut else ()
            self.connections, self.is_over = (), True
        for connection in unfit:
            connection.close()
        # A loop that has ended waits for nothing.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.settle, settle, outcome)

    def settle(self, settle: Callable[[Any], None], outcome: object) -> None:
        self.give_turns_back()
        if not self.outcome.done():
            settle(outcome)
        elif hasattr(outcome, "close"):
            outcome.close()

    def abandon(self) -> bool:
        """Whether the job has begun; if not, it never will."""
        with self.lock:
            self.is_abandoned = True
            return bool(self.connections) or self.is_over

    def cut(self) -> bool:
        """Shut the sockets the job may be waiting on; whether it still runs.

        A frozen server fires no time-out of its own: neither `statement_timeout` nor `tcp_user_timeout`.
        """
        with self.lock:
            if self.is_over:
                return False
            self.is_cut = True
            for connection in self.connections:
                shut_socket(connection)
            return True


class Lane:
    """So many threads working off one queue."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        self.size = threads
        self.threads: list[threading.Thread] = []
        self.jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self.watchdogs: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[], T], seconds: float | None = None, turns: Iterable[Turns] = ()) -> T:
        """What `work` returns or raises, in one of the threads, as soon as it has all these turns.

        Raises `Overdue` if that takes more than `seconds`, of which waiting for a turn is part.
        """
        if not self.threads:
            self.start()
        job = Job(work)
        try:
            async with asyncio.timeout(seconds):
                await job.wait_for(turns)
                self.jobs.put(job)
                return await job.outcome
        except TimeoutError:
            # Both may happen in one turn of the loop; and the work may have raised a TimeoutError of its own.
            if job.outcome.done() and not job.outcome.cancelled():
                return job.outcome.result()
            raise Overdue(has_begun=self.give_up(job)) from None
        except asyncio.CancelledError:
            # Nobody waits for it any more: what has begun comes to its end, what has not never will.
            if not job.abandon():
                job.give_turns_back()
            raise

    def give_up(self, job: Job[Any]) -> bool:
        has_begun = job.abandon()
        if has_begun:
            watchdog = asyncio.create_task(free(job))
            self.watchdogs.add(watchdog)
            watchdog.add_done_callback(self.watchdogs.discard)
        else:
            job.give_turns_back()
        return has_begun

    def start(self) -> None:
        """Not before the first job: threads would not survive a fork."""
        for number in range(self.size):
            # Daemons, so that a thread stuck in a frozen database cannot keep the process from ending.
            thread = threading.Thread(target=self.work, name=f"{self.name}-{number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def work(self) -> None:
        while (job := self.jobs.get()) is not None:
            job.run()
            del job  # its answer may be large, and the next one may be long in coming
        connections.close_all()

    def stop(self, seconds: float = 1.0) -> None:
        """Let the threads finish what is queued and close their connections, for at most so long."""
        for _ in self.threads:
            self.jobs.put(None)
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))


async def free(job: Job[Any]) -> None:
    """The watchdog of one job that overran."""
    while job.cut():
        await asyncio.sleep(CUT_INTERVAL)


def shut_socket(connection: BaseDatabaseWrapper) -> None:
    """Wake a thread that waits for PostgreSQL; nothing happens where there is no such connection."""
    pgconn = getattr(connection.connection, "pgconn", None)
    if pgconn is None:
        return
    # The thread may close the connection at any moment, and its number then names somebody else's socket. A
    # closed one never opens again: if the number still stands after copying, the copy is of the right socket.
    with suppress(Exception):
        number = pgconn.socket
        with socket.socket(fileno=os.dup(number)) as copy:
            if pgconn.socket == number:
                copy.shutdown(socket.SHUT_RDWR)
