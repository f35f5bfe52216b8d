"""How often something happened in a window of time, as this process or all of them together saw it."""

import threading
import time
from collections import Counter
from functools import cache
from typing import Protocol, cast

from django.utils.module_loading import import_string

# Keys that one process remembers: who comes from ever new addresses shall not fill its memory.
MOST_KEYS = 100_000


class WindowCounter(Protocol):
    def count(self, key: str, seconds: int) -> int:
        """Count one more; how many that makes in the current window of so many seconds."""


class MemoryCounter:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.window = 0
        self.counts: Counter[str] = Counter()

    def count(self, key: str, seconds: int) -> int:
        with self.lock:
            if self.window != number_of_window(seconds) or len(self.counts) >= MOST_KEYS:
                self.window, self.counts = number_of_window(seconds), Counter()
            self.counts[key] += 1
            return self.counts[key]


def number_of_window(seconds: int) -> int:
    """Windows follow each other by the clock, the same for all processes."""
    return int(time.time() // seconds)


@cache
def counter_at(url: str) -> WindowCounter:
    """The Redis at this address; without one, this process alone."""
    if not url:
        return MemoryCounter()
    # By name, for the client takes 20 MB and half a second to load: whoever uses none shall not pay for it.
    return cast("WindowCounter", import_string("notes_api.redis_counter.RedisCounter")(url))
