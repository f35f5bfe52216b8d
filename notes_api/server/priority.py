"""The priority of threads."""

import os
import sys
import threading
from contextlib import suppress


def lower_priority(niceness: int) -> None:
    """Add this to the niceness of the calling thread, which is 19 at most. Each 5 get a third of the processor's time.

    Only Linux has a priority for each thread.
    """
    if niceness and sys.platform == "linux":
        thread = threading.get_native_id()
        # A container may not allow it.
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + niceness)
