"""Accepts connections: each worker its share of a burst, probes first, and those whose clients have left last.

The kernel hands connections out in their order. A client that opens thousands would keep those of others waiting, if
each had to be opened and its first request parsed before the next is accepted. So a worker accepts many at once, looks
at what has arrived on each, and opens them a few at a time.
"""

import asyncio
import logging
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence

logger = logging.getLogger(__name__)

# A worker with this many connections or more pauses for ACCEPT_PAUSE seconds each time, so that others get their share.
BUSY_CONNECTIONS, ACCEPT_PAUSE = 4, 0.001
# A worker accepts one connection, and one more for this many that it has, or this many that wait in the kernel.
OPEN_SHARE, WAITING_SHARE = 16, 4
# Connections that it opens in one iteration of its event loop: probes, and others.
PROBES_AT_ONCE, OTHERS_AT_ONCE = 4, 4
# Seconds to wait for a free file descriptor.
ACCEPT_RETRY_SECONDS = 1.0
# What the request of a probe begins with.
PROBES = (b"GET /livez", b"GET /readyz")
PROBE_LENGTH = max(map(len, PROBES))
# The beginning of tcp_info: `tcpi_state` and `tcpi_unacked`. Of a listening socket this is the number of waiting
# connections.
TCP_INFO = struct.Struct("B23xI")
TCP_ESTABLISHED = 1


class Acceptor:
    """Accepts the connections of one worker and calls `open_connection` for each."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        open_connection: Callable[[socket.socket], Coroutine[None, None, None]],
        count_connections: Callable[[], int],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.listeners = listeners
        self.open_connection = open_connection
        self.count_connections = count_connections
        # Those that are accepted and not yet opened.
        self.probes: deque[socket.socket] = deque()
        self.others: deque[socket.socket] = deque()
        self.abandoned: deque[socket.socket] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_opening = False
        for listener in listeners:
            listener.setblocking(False)
            self.listen(listener)

    @property
    def waiting(self) -> int:
        return len(self.probes) + len(self.others) + len(self.abandoned)

    def listen(self, listener: socket.socket) -> None:
        if listener in self.listeners:
            self.loop.add_reader(listener, self.accept, listener)

    def pause(self, listener: socket.socket, seconds: float) -> None:
        self.loop.remove_reader(listener)
        self.loop.call_later(seconds, self.listen, listener)

    def stop(self) -> None:
        """Accept no more connections."""
        for listener in self.listeners:
            self.loop.remove_reader(listener)
            listener.close()
        self.listeners = ()

    def accept(self, listener: socket.socket) -> None:
        """Accept this worker's share, then give the others a chance to accept theirs."""
        present = self.count_connections() + self.waiting
        for _ in range(1 + present // OPEN_SHARE + queue_length(listener) // WAITING_SHARE):
            if not self.accept_one(listener):
                break
        else:
            if present >= BUSY_CONNECTIONS:
                self.pause(listener, ACCEPT_PAUSE)
        if self.waiting and not self.is_opening:
            self.open_next()

    def accept_one(self, listener: socket.socket) -> bool:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False  # another worker accepted it, or the client has disconnected
        except OSError as error:
            logger.warning("Cannot accept a connection: %s", error)
            self.pause(listener, ACCEPT_RETRY_SECONDS)
            return False
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        (self.probes if is_probe(connection) else self.others).append(connection)
        return True

    def open_next(self) -> None:
        """Open a few connections now, and the rest in the next iterations of the event loop."""
        for connection in [*take(self.probes, PROBES_AT_ONCE), *self.take_others()]:
            task = self.loop.create_task(self.open_connection(connection))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        self.is_opening = self.waiting > 0
        if self.is_opening:
            self.loop.call_soon(self.open_next)

    def take_others(self) -> list[socket.socket]:
        """Take a few connections, those whose clients have left only if there are no others.

        They are opened too, so that the log has a line for each of their requests.
        """
        chosen: list[socket.socket] = []
        while self.others and len(chosen) < OTHERS_AT_ONCE:
            connection = self.others.popleft()
            (self.abandoned if has_left(connection) else chosen).append(connection)
        return chosen or take(self.abandoned, OTHERS_AT_ONCE)


def take(queue: deque[socket.socket], number: int) -> list[socket.socket]:
    return [queue.popleft() for _ in range(min(number, len(queue)))]


def tcp_info(connection: socket.socket) -> tuple[int, int]:
    """Return the state of a socket, and how many connections wait to be accepted if it listens. Needs Linux."""
    state, unacked = TCP_INFO.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO.size))
    return state, unacked


def queue_length(listener: socket.socket) -> int:
    """Return how many connections wait to be accepted; 0 where the system does not tell."""
    return tcp_info(listener)[1] if sys.platform == "linux" else 0


def has_left(connection: socket.socket) -> bool:
    """Whether the client has closed the connection; False where the system does not tell."""
    return sys.platform == "linux" and tcp_info(connection)[0] != TCP_ESTABLISHED


def is_probe(connection: socket.socket) -> bool:
    """Whether the first request has arrived and is one for a probe of the service's health."""
    try:
        return connection.recv(PROBE_LENGTH, socket.MSG_PEEK).startswith(PROBES)
    except OSError:
        return False
