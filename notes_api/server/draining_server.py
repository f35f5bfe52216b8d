"""A uvicorn server that loses no request when its process is replaced."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType

from uvicorn import Config
from uvicorn.server import Server

from notes_api.monitoring import metrics
from notes_api.monitoring.request_record import waiting
from notes_api.server.http_protocol import BoundedProtocol
from notes_api.server.shutdown import begin_shutdown

logger = logging.getLogger(__name__)

# Seconds for which a process still accepts connections when the whole server shuts down. Meanwhile load balancers learn
# from /readyz that it is about to exit.
ACCEPT_SECONDS = 2.0
# Seconds after that for which it still responds on open connections, so that busy clients get `Connection: close`. A
# process that was replaced has more time: it accepts no connections before that.
CLOSE_SECONDS, CLOSE_SECONDS_IF_REPLACED = 1.0, 3.0
# Seconds between two checks whether a quick exit was requested.
POLL_INTERVAL = 0.05
# A worker with this many connections or more pauses for ACCEPT_PAUSE seconds after each connection that it accepts.
BUSY_CONNECTIONS, ACCEPT_PAUSE = 4, 0.001
# For this many open connections, a worker accepts one more at the same time. A client that opens thousands would
# otherwise keep the connections of others waiting behind its own.
ACCEPT_SHARE = 16
# Ticks of uvicorn between two updates of the gauges.
TICKS = 10
# Seconds to wait for a free file descriptor.
ACCEPT_RETRY_SECONDS = 1.0


class DrainingServer(Server):
    """Announces its shutdown to clients. uvicorn itself closes every idle connection at once."""

    is_quick = is_replaced = False
    listeners: Sequence[socket.socket] = ()

    def __init__(self, config: Config, seconds_to_end: int, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        # Without this uvicorn waits for ever. It must finish, both pauses included, before gunicorn kills the worker.
        config.timeout_graceful_shutdown = seconds_to_end - int(ACCEPT_SECONDS + CLOSE_SECONDS) - 2

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # A stock event loop accepts all waiting connections at once, so that one worker gets a whole burst while the
        # others are idle. Here a worker accepts one connection at a time.
        await super().startup(sockets=[])
        self.listeners = sockets or []
        for listener in self.listeners:
            listener.setblocking(False)
            self.listen(listener)
        metrics.workers.set(1)
        self.on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Update the gauges once a second. uvicorn calls this ten times a second."""
        if counter % TICKS == 0:
            metrics.connections.set(len(self.server_state.connections))
            metrics.queue_length.set(len(waiting))
        return await super().on_tick(counter)

    def listen(self, listener: socket.socket) -> None:
        if listener in self.listeners:
            asyncio.get_running_loop().add_reader(listener, self.accept, listener)

    def pause_accepting(self, listener: socket.socket, seconds: float) -> None:
        asyncio.get_running_loop().remove_reader(listener)
        asyncio.get_running_loop().call_later(seconds, self.listen, listener)

    def accept(self, listener: socket.socket) -> None:
        """Accept a few connections, then give the other workers a chance to accept the next."""
        for _ in range(1 + len(self.server_state.connections) // ACCEPT_SHARE):
            if not self.accept_one(listener):
                return
        if len(self.server_state.connections) >= BUSY_CONNECTIONS:
            self.pause_accepting(listener, ACCEPT_PAUSE)

    def accept_one(self, listener: socket.socket) -> bool:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False  # another worker accepted it, or the client has disconnected
        except OSError as error:
            logger.warning("Cannot accept a connection: %s", error)
            self.pause_accepting(listener, ACCEPT_RETRY_SECONDS)
            return False
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self.open_protocol(connection))
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)
        return True

    async def open_protocol(self, connection: socket.socket) -> None:
        def make_protocol() -> BoundedProtocol:
            return BoundedProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

        await asyncio.get_running_loop().connect_accepted_socket(make_protocol, connection)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Shut down gracefully on SIGTERM, quickly on any other signal, and at once on a second Ctrl+C.

        uvicorn would raise the signal again at the end, and gunicorn would report that the signal killed the worker.
        """
        self.is_quick = self.is_quick or sig != signal.SIGTERM
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True

    def retire(self) -> None:
        """Shut down gracefully, because other processes already serve in place of this one."""
        self.is_replaced = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        begin_shutdown(is_replaced=self.is_replaced)
        if not self.is_replaced:
            await self.pause(ACCEPT_SECONDS)
        for listener in self.listeners:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()
        self.listeners = ()
        close_seconds = CLOSE_SECONDS_IF_REPLACED if self.is_replaced else CLOSE_SECONDS
        await self.pause(close_seconds, only_with_connections=True)
        await super().shutdown(sockets)

    async def pause(self, seconds: float, *, only_with_connections: bool = False) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not self.is_quick and asyncio.get_running_loop().time() < end:
            if only_with_connections and not self.server_state.connections:
                return
            await asyncio.sleep(POLL_INTERVAL)
