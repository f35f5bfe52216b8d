"""The process that does the daily work: one at a time on all machines, and none without its server."""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connections

from notes.models import DailyWork
from notes.models.daily_work import LEASE, RENEWAL
from notes_api.db.watchdog import watchdog

logger = logging.getLogger(__name__)


@contextmanager
def kept(work: DailyWork) -> Iterator[None]:
    """Renew the lease that this process has taken, and release it in the end."""
    has_ended = threading.Event()
    thread = threading.Thread(target=renew_until, args=(has_ended, work), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()
        work.release()


def renew_until(has_ended: threading.Event, work: DailyWork) -> None:
    """End this process if it does not have the lease any more: it was frozen for long, or the database is away."""
    renewed_at = time.monotonic()
    while not has_ended.wait(RENEWAL.total_seconds()):
        try:
            with watchdog.watch():
                is_renewed = work.renew()
            if not is_renewed:
                end_process("another process has taken over")
            renewed_at = time.monotonic()
        except DatabaseError as error:
            # The connection may be lost. The next renewal opens another one.
            connections.close_all()
            if time.monotonic() - renewed_at > (LEASE - RENEWAL).total_seconds():
                end_process(f"its lease cannot be renewed: {error}")
    connections.close_all()


def end_with_input() -> None:
    """Start a thread that ends this process when its standard input ends: when the worker that started it has ended."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait, name="worker-watch", daemon=True).start()


def end_process(reason: str) -> None:
    """End at once. What was not committed is rolled back, and another process begins it again."""
    logger.error("The daily work ends, because %s", reason)
    os._exit(1)
