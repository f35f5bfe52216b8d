"""Limits on the response data that waits in memory for slow clients: how long, and how much in one process."""

import asyncio

from notes_api.server.admission import do_nothing
from notes_api.server.memory_budget import Holding, outgoing

# Seconds in which a client must read some of the data that waits for it.
STALL_TIMEOUT = 60.0
# Bytes that count as progress. A client that reads slowly but steadily gets its whole page.
MIN_PROGRESS = 64 * 1024
# Bytes that may wait before the application is paused. It goes on when none wait any more.
HIGH_WATER = 64 * 1024


class WriteBuffer:
    """The response data of one connection that its client has not read yet."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self.loop = loop
        self.size = 0
        # Bytes of `outgoing` that the transport does not have yet.
        self.unwritten = 0
        self.timer: asyncio.TimerHandle | None = None
        self.outgoing = Holding(outgoing, self.abort_connection, self.measure)
        # The transport keeps a part of the response whole until it has sent the last byte of it.
        transport.set_write_buffer_limits(high=HIGH_WATER, low=0)

    def add(self, size: int) -> None:
        """Count data that is about to be written."""
        if size:
            self.unwritten = size
            self.outgoing.resize(self.outgoing.size + size)

    def update(self) -> None:
        """Call this after a write. It stops counting the data when all of it is sent."""
        self.unwritten = 0
        if self.outgoing.size:
            self.outgoing.refresh()

    def measure(self) -> int:
        return self.outgoing.size if self.transport.get_write_buffer_size() else self.unwritten

    def start_timer(self) -> None:
        """Give the client another STALL_TIMEOUT seconds to make progress."""
        self.stop_timer()
        self.size = self.transport.get_write_buffer_size()
        if self.size:
            self.timer = self.loop.call_later(STALL_TIMEOUT, self.check_progress)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def check_progress(self) -> None:
        size = self.transport.get_write_buffer_size()
        if size and self.size - size < MIN_PROGRESS:
            self.abort_connection()
            return
        self.outgoing.mark_progress()
        self.start_timer()

    def abort_connection(self) -> None:
        self.stop_watching()
        self.transport.abort()

    def stop_watching(self) -> None:
        self.outgoing.release()
        self.stop_timer()

    def end(self) -> None:
        """Stop watching, because the connection is closed."""
        self.stop_watching()
        # They refer to this object. A request that still runs may count its response, of which nothing waits any more.
        self.outgoing.evict, self.outgoing.measure = do_nothing, int
