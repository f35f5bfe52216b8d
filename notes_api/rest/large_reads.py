"""Limits how many threads of a process build large responses at the same time.

A page of 8 MiB takes up to 50 MiB until it is JSON: Python stores a text with one emoji in four bytes per character.
"""

import threading
from collections.abc import Callable

from notes_api.db.loop_connection import require_thread

MAX_THREADS = 2

slots = threading.BoundedSemaphore(MAX_THREADS)


class ThreadState(threading.local):
    has_slot = False
    is_slot_kept = False


current = ThreadState()


def begin_large_read() -> None:
    """Wait until this thread may read a large response. It may until `end_large_read`."""
    require_thread()
    if not current.has_slot:
        slots.acquire()
        current.has_slot = True


def end_large_read() -> None:
    """Let another thread read a large response, unless this thread keeps its slot. Every request calls this."""
    if not current.is_slot_kept:
        take_slot()()


def keep_slot() -> None:
    """Let this thread have its slot also after the end of the request, until `take_slot`."""
    current.is_slot_kept = True


def take_slot() -> Callable[[], None]:
    """Return what releases the slot of this thread. Any thread may call it, once."""
    has_slot, current.has_slot, current.is_slot_kept = current.has_slot, False, False
    return slots.release if has_slot else lambda: None
