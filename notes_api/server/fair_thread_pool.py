"""A pool of threads for which jobs wait in a `FairQueue`: the pool itself never has more jobs than threads."""

from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from rest_framework.permissions import SAFE_METHODS

from notes_api.monitoring.request_record import RequestRecord
from notes_api.server.admission import ClientDisconnected, Kind, Ticket, do_nothing
from notes_api.server.fair_queue import FairQueue
from notes_api.server.thread_pool import DeadlineExceeded, Job, ThreadPool

T = TypeVar("T")


@dataclass(slots=True)
class Place:
    """Whose work it is, of which kind, and for which request."""

    client: Hashable
    kind: Kind
    record: RequestRecord
    # See `Ticket`.
    ends_at: float
    may_wait: bool = False

    def take_ticket(self) -> Ticket:
        return Ticket(self.ends_at, may_wait=self.may_wait)


class FairThreadPool(ThreadPool):
    def __init__(self, name: str, size: int, queue: FairQueue) -> None:
        super().__init__(name, size)
        self.queue = queue

    async def run_in_turn(
        self, work: Callable[[], T], place: Place, deadline: float | None = None, run_timeout: float | None = None
    ) -> T:
        """Run `work` in a thread when it is its turn. It never starts if its client disconnects before.

        It ends at `deadline`, a time of the loop's clock. With a `run_timeout`, in seconds, it begins until then, and
        may take that long afterwards. Raises `Overloaded`, `DeadlineExceeded` and `ClientDisconnected`.
        """
        job = Job(place.record.time_run(work))
        ticket = place.take_ticket()
        ticket.start, ticket.refuse = partial(self.begin, job, run_timeout), job.refuse
        job.when_ended = partial(self.queue.give_up, ticket)
        job.deadline, job.may_write = deadline, place.record.method not in SAFE_METHODS
        try:
            self.queue.enter(ticket, place.client, place.kind)
            return await self.wait_in_line(job, ticket, place.record)
        finally:
            # They refer to the job: if it was refused, it would stay until the next garbage collection.
            ticket.start = ticket.refuse = do_nothing
            if job.was_stopped and run_timeout is not None:
                # The database may be away. The requests behind this one would take as long: they get their error now.
                self.queue.refuse_waiting(partial(DeadlineExceeded, has_started=False))
            if job.was_stopped and place.record.refusal == "database":
                # The database did not carry out a statement because it was stopped.
                place.record.refusal = "deadline"

    async def wait_in_line(self, job: Job[T], ticket: Ticket, record: RequestRecord) -> T:
        job.set_deadline(job.deadline)
        leaves_at, drop = ticket.leaves_at, partial(self.drop, ticket)
        refusal = None if leaves_at is None else job.loop.call_at(leaves_at, drop, ticket.overloaded)
        try:
            with record.watch_client(partial(drop, ClientDisconnected)):
                return await self.wait_for(job)
        finally:
            if refusal is not None:
                refusal.cancel()

    def begin(self, job: Job[Any], run_timeout: float | None) -> None:  # Any: whatever the job returns
        """Give the job to a thread. The loop or the thread that was busy before calls this."""
        if run_timeout is not None:
            # The loop may have ended already.
            with suppress(RuntimeError):
                job.loop.call_soon_threadsafe(job.set_deadline, job.loop.time() + run_timeout)
        self.put(job)

    def drop(self, ticket: Ticket, reason: Callable[[], Exception]) -> None:
        """Take the job out of the queue, unless it has started."""
        if self.queue.leave(ticket):
            ticket.refuse(reason())
