"""Threads with a lower priority, for what takes a core for long."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

# What Linux calls `nice`. Where both want a core, another thread gets twice as much of its time.
NICENESS = 3


def lower_priority() -> None:
    """Lower the priority of the calling thread for good. Only Linux has one for each thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # A container may not allow it.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)


# Not the threads of requests: these also hold locks and connections, for which others would wait longer. It starts as
# many threads as are in use at the same time.
low_priority = ThreadPoolExecutor(thread_name_prefix="low-priority", initializer=lower_priority)
