"""Work that no answer waits for, so that neither its time nor its failure shows in one.

One thread does it in the order it came. It is not kept anywhere: what still waits when a process is killed is lost.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

Errand = Callable[[], None]

# A mail server that hangs takes ten seconds for each: beyond this nobody would still be waiting for theirs.
CAPACITY = 1000
# Seconds that a process which has to end waits for its last errands.
PATIENCE = 5.0


class Errands:
    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.lock = threading.Lock()
        self.waiting: deque[Errand] = deque()
        self.thread: threading.Thread | None = None

    def add(self, errand: Errand) -> None:
        """Do this soon; in the tests, at once."""
        if not settings.ERRANDS_HAVE_A_THREAD:
            attempt(errand)
            return
        with self.lock:
            if len(self.waiting) >= self.capacity:
                logger.error("%d errands are waiting already: this one is dropped", self.capacity)
                return
            self.waiting.append(errand)
            if self.thread is None:
                # A daemon, so that one stuck in a frozen database cannot keep the process from ending.
                self.thread = threading.Thread(target=self.work, name="errands", daemon=True)
                self.thread.start()

    def work(self) -> None:
        """The thread: ends with its last errand, and its database connection with it."""
        while (errand := self.next()) is not None:
            close_old_connections()
            attempt(errand)
        connections.close_all()

    def next(self) -> Errand | None:
        with self.lock:
            if self.waiting:
                return self.waiting.popleft()
            self.thread = None
            return None

    def drain(self, seconds: float = PATIENCE) -> None:
        """Wait until all is done, for at most so long."""
        thread = self.thread
        if thread is None:
            return
        thread.join(seconds)
        if thread.is_alive():
            logger.error("Errands that could not be done before the end: %d", len(self.waiting) + 1)


def attempt(errand: Errand) -> None:
    try:
        errand()
    except Exception:
        logger.exception("An errand failed")


errands = Errands()
