"""Pools of long-lived threads for synchronous work, with a deadline and a way to free a thread stuck in PostgreSQL.

A thread keeps its database connections from job to job. Opening one for every request would cost more than most
requests.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from notes_api.db.watchdog import shut_socket
from notes_api.rest.large_reads import keep_slot, take_slot
from notes_api.server.admission import do_nothing
from notes_api.server.stopping import allow_commits, forbid_commits, stop_statement

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds in which a job past its deadline should end when its statement is stopped, and between the first attempts.
STOP_SECONDS, STOP_INTERVAL = 0.25, 0.05
# Seconds after the deadline for which the outcome of a write is awaited if it may have been committed.
COMMIT_SECONDS = 10.0
# Seconds between two attempts to free the thread of a job whose caller has got an error.
CUT_OFF_INTERVAL = 1.0


class DeadlineExceeded(Exception):
    """The job did not end in time. If it `has_started`, it is being stopped. If not, it never starts."""

    def __init__(self, *, has_started: bool) -> None:
        super().__init__(has_started)
        self.has_started = has_started


class Job(Generic[T]):
    """A piece of work that runs once in a thread. The event loop awaits its `outcome`."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[T] = self.loop.create_future()
        self.deadline: float | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.stopping: asyncio.Task[None] | None = None
        # Whether the work may change something in the database.
        self.may_write = False
        # Held while the thread is stopped, so that it cannot start its next job in the meantime.
        self.lock = threading.Lock()
        self.connections: Sequence[BaseDatabaseWrapper] = ()
        self.is_cancelled = self.has_started = self.is_finished = self.was_stopped = False
        # Called once when no thread works on the job any more, or none ever will: by the thread, or by the loop. A job
        # past its deadline still keeps a thread busy.
        self.when_ended: Callable[[], object] = do_nothing
        # Called once when the loop has the outcome: another thread may then build a large response.
        self.release_slot: Callable[[], object] = do_nothing

    def set_deadline(self, deadline: float | None) -> None:
        """Call `expire` at this time of the loop's clock, instead of at an earlier deadline."""
        if self.timer is not None:
            self.timer.cancel()
        self.deadline = deadline
        self.timer = None if deadline is None else self.loop.call_at(deadline, self.expire)

    def expire(self) -> None:
        """Cancel the job, or stop it if it has started."""
        if self.cancel_unless_started():
            self.refuse(DeadlineExceeded(has_started=False))
        elif not self.is_finished:
            # A job that has finished is about to publish its outcome.
            self.stopping = self.loop.create_task(self.stop())

    async def stop(self) -> None:
        """Stop the job, and raise `DeadlineExceeded` for the caller unless it ends soon.

        What has been committed must not be reported as failed. So the outcome of a write is awaited for longer, if it
        may have been committed and the database responds.
        """
        expired_at = self.loop.time()
        while not self.is_finished:
            responds = await self.try_to_stop()
            overdue = self.loop.time() - expired_at
            if overdue >= STOP_SECONDS or not responds:
                force = not responds or not self.may_write or overdue >= COMMIT_SECONDS
                if not self.outcome.done() and self.forbid_commits(force=force):
                    self.refuse(DeadlineExceeded(has_started=True))
                    continue
            is_late = overdue >= STOP_SECONDS
            await asyncio.sleep(CUT_OFF_INTERVAL if self.outcome.done() else STOP_SECONDS if is_late else STOP_INTERVAL)

    async def try_to_stop(self) -> bool:
        """Stop the thread's statements in another thread. Return False if the database does not respond."""
        try:
            return await stoppers.run(self.stop_statements)
        except Exception:
            # The caller must get an error nevertheless, but not for what may have been committed.
            logger.exception("A statement could not be stopped")
            return True

    def refuse(self, reason: Exception) -> None:
        """Raise an error for the caller, instead of running the job."""
        if not self.outcome.done():
            self.outcome.set_exception(reason)

    def run(self) -> None:
        with self.lock:
            if self.is_cancelled:
                return
            self.has_started, self.connections = True, connections.all()
            for connection in self.connections:
                allow_commits(connection)
        # Otherwise threads could build more large responses while the loop is too busy to send the previous ones.
        keep_slot()
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 (the caller gets it through `outcome`; the thread lives on)
            self.finish(self.outcome.set_exception, error)
        else:
            self.finish(self.outcome.set_result, result)

    def finish(self, set_outcome: Callable[[Any], None], value: object) -> None:  # Any: the result or an exception
        """Hand the outcome to the event loop.

        The thread's connections belong to its next job from here on. One on which it was stopped is closed first.
        """
        with self.lock:
            broken = self.connections if self.was_stopped else ()
            self.connections, self.is_finished = (), True
        for connection in broken:
            connection.close()
        # Here and not on the loop: while the loop is busy, the threads would wait for their next jobs.
        self.when_ended()
        # It refers to the job. Otherwise the response, of up to 10 MiB, would stay until the next garbage collection.
        self.when_ended = do_nothing
        self.release_slot = take_slot()
        # The loop may have ended already.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.publish_outcome, set_outcome, value)

    def publish_outcome(self, set_outcome: Callable[[Any], None], value: object) -> None:  # Any: as above
        self.release_slot()
        if not self.outcome.done():
            set_outcome(value)
        elif hasattr(value, "close"):
            value.close()

    def cancel_unless_started(self) -> bool:
        """Return whether the job was cancelled. A cancelled job never starts."""
        if self.has_started or self.is_cancelled:
            # `when_ended` must not be called twice.
            return self.is_cancelled
        with self.lock:
            self.is_cancelled = not self.has_started
        if self.is_cancelled:
            self.when_ended()
        return self.is_cancelled

    def stop_statements(self) -> bool:
        """Stop what the thread does on its database connections. Return False if the database does not respond."""
        with self.lock:
            if self.is_finished:
                return True
            self.was_stopped = True
            if self.outcome.done():
                # Nobody waits for the result any more.
                for connection in self.connections:
                    shut_socket(connection)
            return all(stop_statement(each, may_write=self.may_write) for each in self.connections)

    def forbid_commits(self, *, force: bool) -> bool:
        """Let the thread commit nothing more. Return False if its work may have been committed already.

        What has finished may have been committed too. Its outcome is on its way to the loop.
        """
        with self.lock:
            return not self.is_finished and all(forbid_commits(each, force=force) for each in self.connections)


class ThreadPool:
    """A fixed number of threads that work off one queue of jobs."""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self.threads: list[threading.Thread] = []
        self.jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()  # Any: jobs return values of different types

    async def run(self, work: Callable[[], T], timeout: float | None = None) -> T:
        """Run `work` in a thread and return its result.

        `timeout` is in seconds and includes the wait for a thread. Raises `DeadlineExceeded` after that time, and
        whatever `work` raises.
        """
        job = Job(work)
        job.set_deadline(None if timeout is None else job.loop.time() + timeout)
        self.put(job)
        return await self.wait_for(job)

    def put(self, job: Job[Any]) -> None:  # Any: whatever the job returns
        if not self.threads:
            self.start()
        self.jobs.put(job)

    async def wait_for(self, job: Job[T]) -> T:
        try:
            return await job.outcome
        except asyncio.CancelledError:
            # The caller no longer waits. A job that has started runs to its end.
            job.cancel_unless_started()
            raise
        finally:
            job.set_deadline(None)
            # An error refers to frames that refer to the job: all would stay until the next garbage collection.
            job.outcome = job.loop.create_future()
            job.outcome.cancel()

    def start(self) -> None:
        """Start the threads. The first job does so, because threads would not survive a fork."""
        for number in range(self.size):
            # Daemon threads, so that one stuck in a frozen database cannot keep the process from exiting.
            thread = threading.Thread(target=self.run_jobs, name=f"{self.name}-{number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def run_jobs(self) -> None:
        while (job := self.jobs.get()) is not None:
            job.run()
            del job  # its response may be large, and the next job may be a long time coming
        connections.close_all()

    def stop(self, timeout: float = 1.0) -> None:
        """Let the threads finish the queued jobs and close their connections. Wait at most `timeout` seconds."""
        for _ in self.threads:
            self.jobs.put(None)
        deadline = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))


# They wait for the database server that is asked to cancel a statement.
stoppers = ThreadPool("stopping", 4)
