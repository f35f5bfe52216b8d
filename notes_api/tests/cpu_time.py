"""The CPU time of a call, for tests that compare it with a limit."""

import gc
import sys
import time
from collections.abc import Callable
from typing import Any


def cpu_seconds(call: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[float, Any]:
    """Return the CPU seconds that the call took by this clock, and its result.

    Coverage and the garbage collector are off meanwhile: both depend on the rest of the run, not on the call. Coverage
    can double the time, and one collection of a process that has run 2,000 tests takes half a second.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    start = clock()
    try:
        result = call()
        return clock() - start, result
    finally:
        gc.enable()
        sys.settrace(tracer)
