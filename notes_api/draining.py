"""Whether this process is about to end: readiness says no, connections are not kept, event streams finish."""

import asyncio

# Set once, on the event loop, and never cleared. Streams wait on it beside their next event.
stop = asyncio.Event()


def is_draining() -> bool:
    return stop.is_set()
