"""What waits in memory until clients take it: for how long, and how much of it in one process."""

import asyncio
from typing import ClassVar

# Seconds in which a client has to take something of what waits for it.
STALL_TIMEOUT = 60.0
# Bytes that count as something: a reader that is slow but steady gets to the end of its page.
LEAST_PROGRESS = 64 * 1024
# Bytes that wait in one process, where a page of notes can be 8 MiB.
UNSENT_LIMIT = 128 * 1024 * 1024


class Unsent:
    """The bytes written to one connection that its client has not taken yet."""

    # The connections whose buffers are full, longest without progress first.
    full: ClassVar[dict["Unsent", None]] = {}

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self.loop = loop
        self.size = 0
        self.timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """From now on the client has its time again."""
        self.stop_watching()
        self.size = self.transport.get_write_buffer_size()
        if self.size:
            self.timer = self.loop.call_later(STALL_TIMEOUT, self.look)

    def stop_watching(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def look(self) -> None:
        size = self.transport.get_write_buffer_size()
        if size and self.size - size < LEAST_PROGRESS:
            self.cut()
            return
        if self in self.full:
            self.fill()
        self.watch()

    def fill(self) -> None:
        """Count this connection as full, the last in the row; make room at the cost of the first ones."""
        self.drain()
        self.full[self] = None
        while len(self.full) > 1 and total(self.full) > UNSENT_LIMIT:
            next(iter(self.full)).cut()

    def drain(self) -> None:
        self.full.pop(self, None)

    def cut(self) -> None:
        self.forget()
        self.transport.abort()

    def forget(self) -> None:
        self.drain()
        self.stop_watching()


def total(connections: dict[Unsent, None]) -> int:
    return sum(connection.transport.get_write_buffer_size() for connection in connections)
