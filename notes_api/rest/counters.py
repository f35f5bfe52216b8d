"""Counters of events in a time window, for one process or for all processes together."""

import threading
import time
from collections import Counter
from functools import cache
from typing import Protocol, cast

from django.utils.module_loading import import_string

# The number of keys that one process keeps: requests from ever new addresses must not fill its memory.
MOST_KEYS = 100_000


class WindowCounter(Protocol):
    def count(self, key: str, seconds: int) -> int:
        """Count an event and return the number of events in the current window of `seconds`."""


class MemoryCounter:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.window = 0
        self.counts: Counter[str] = Counter()

    def count(self, key: str, seconds: int) -> int:
        with self.lock:
            if self.window != window_number(seconds) or len(self.counts) >= MOST_KEYS:
                self.window, self.counts = window_number(seconds), Counter()
            self.counts[key] += 1
            return self.counts[key]


def window_number(seconds: int) -> int:
    """Return the number of the current window, which is the same in all processes."""
    return int(time.time() // seconds)


@cache
def get_counter(url: str) -> WindowCounter:
    """Return a counter in the Redis at this URL, or one in this process if the URL is empty."""
    if not url:
        return MemoryCounter()
    # Imported on demand: the client takes 20 MB and half a second to load, which servers without Redis should not pay.
    return cast("WindowCounter", import_string("notes_api.rest.redis_counter.RedisCounter")(url))
