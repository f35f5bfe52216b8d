"""Work that a response must not wait for, and that may be lost: a thread writes what a batch has collected.

It is only in memory, so a process that is killed loses what waits. The outbox is for work that must not be lost.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Generic, TypeVar

from django.db import close_old_connections, connections

from notes_api.db.watchdog import watchdog

logger = logging.getLogger(__name__)

Task = Callable[[], None]
Key = TypeVar("Key")
Value = TypeVar("Value")

# Seconds for which a process that exits waits for its last work.
DRAIN_SECONDS = 5.0
# Seconds for which a batch usually collects, and for which its thread keeps a database connection that nothing needs.
BATCH_SECONDS, IDLE_SECONDS = 2.0, 120.0
# Keys that a batch collects while the database is slow or unavailable.
BATCH_CAPACITY = 10_000

# What `start_all` calls, and what `drain_all` calls with the seconds that it may take.
_starts: list[Callable[[], None]] = []
_drains: list[Callable[[float], None]] = []


def on_start(start: Callable[[], None]) -> None:
    """Register a function that begins work in the background of each worker of the server, and of no command."""
    _starts.append(start)


def on_drain(drain: Callable[[float], None]) -> None:
    """Register a function that finishes work before the process exits, within the seconds that it gets."""
    _drains.append(drain)


class Batch(Generic[Key, Value]):
    """Collects values by key and passes them to a function from time to time, in a thread that keeps its connection."""

    def __init__(
        self,
        name: str,
        write: Callable[[Mapping[Key, Value]], None],
        capacity: int = BATCH_CAPACITY,
        seconds: float = BATCH_SECONDS,
    ) -> None:
        self.name, self.write, self.capacity, self.seconds = name, write, capacity, seconds
        self.changed = threading.Condition()
        self.waiting: dict[Key, Value] = {}
        # The latest thread, and whether it still takes values.
        self.thread: threading.Thread | None = None
        self.is_running = self.is_draining = False
        on_drain(self.drain)

    def add(self, key: Key, value: Value) -> None:
        """Write the value soon, instead of one that waits under this key. Drop it if too many keys are waiting."""
        with self.changed:
            if len(self.waiting) >= self.capacity and key not in self.waiting:
                return
            self.waiting[key] = value
            if not self.is_running:
                self.is_running = True
                self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)
                self.thread.start()
            elif len(self.waiting) == 1:
                self.changed.notify_all()

    def run(self) -> None:
        """Run in the thread, which ends and closes its database connections when nothing was added for a while."""
        while values := self.collect():
            close_old_connections()
            run_task(partial(self.write, values))
        connections.close_all()

    def collect(self) -> dict[Key, Value]:
        """Wait for the first value and those of the next `seconds`. Return nothing if the thread has to end."""
        with self.changed:
            if self.changed.wait_for(lambda: self.waiting or self.is_draining, IDLE_SECONDS):
                self.changed.wait_for(lambda: self.is_draining, self.seconds)
            values, self.waiting = self.waiting, {}
            if not values:
                self.is_running = False
            return values

    def drain(self, timeout: float = DRAIN_SECONDS) -> None:
        """Write what waits, and wait at most `timeout` seconds until that is done."""
        with self.changed:
            thread, self.is_draining = self.thread, True
            self.changed.notify_all()
        if thread is not None:
            thread.join(timeout)
        self.is_draining = False


def run_task(task: Task) -> None:
    """Run the task. If it fails, log the exception."""
    try:
        with watchdog.watch():
            task()
    except Exception:
        logger.exception("A background task failed")


def run_in_background(task: Task) -> None:
    """Run the task in a thread of its own, which then closes its database connections."""

    def run() -> None:
        run_task(task)
        connections.close_all()

    threading.Thread(target=run, name="background-task", daemon=True).start()


def start_all() -> None:
    """Begin the work in the background of this worker of the server."""
    for start in _starts:
        start()


def drain_all() -> None:
    """Finish what waits before the process exits, within `DRAIN_SECONDS`."""
    deadline = time.monotonic() + DRAIN_SECONDS
    for drain in _drains:
        drain(max(0.0, deadline - time.monotonic()))
