"""A uvicorn server that loses no request when its process is replaced."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

from uvicorn import Config
from uvicorn.server import Server

from notes_api.monitoring import metrics
from notes_api.monitoring.request_record import waiting
from notes_api.server.acceptor import Acceptor
from notes_api.server.http_protocol import BoundedProtocol
from notes_api.server.shutdown import begin_shutdown

# Seconds for which a process still accepts connections when the whole server shuts down. Meanwhile load balancers learn
# from /readyz that it is about to exit.
ACCEPT_SECONDS = 2.0
# Seconds after that for which it still responds on open connections, so that busy clients get `Connection: close`. A
# process that was replaced has more time: it accepts no connections before that.
CLOSE_SECONDS, CLOSE_SECONDS_IF_REPLACED = 1.0, 3.0
# Seconds between two checks whether a quick exit was requested.
POLL_INTERVAL = 0.05
# Ticks of uvicorn between two updates of the gauges.
TICKS = 10


class DrainingServer(Server):
    """Announces its shutdown to clients. uvicorn itself closes every idle connection at once."""

    is_quick = is_replaced = False
    acceptor: Acceptor

    def __init__(self, config: Config, seconds_to_end: int, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        # Without this uvicorn waits for ever. It must finish, both pauses included, before gunicorn kills the worker.
        config.timeout_graceful_shutdown = seconds_to_end - int(ACCEPT_SECONDS + CLOSE_SECONDS) - 2

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # A stock event loop accepts all waiting connections at once, so that one worker gets a whole burst while the
        # others are idle.
        await super().startup(sockets=[])
        self.acceptor = Acceptor(sockets or [], self.open_protocol, lambda: len(self.server_state.connections))
        metrics.workers.set(1)
        self.on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Update the gauges once a second. uvicorn calls this ten times a second."""
        if counter % TICKS == 0:
            metrics.connections.set(len(self.server_state.connections))
            metrics.queue_length.set(len(waiting))
        return await super().on_tick(counter)

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
        self.acceptor.stop()
        close_seconds = CLOSE_SECONDS_IF_REPLACED if self.is_replaced else CLOSE_SECONDS
        await self.pause(close_seconds, only_with_connections=True)
        await super().shutdown(sockets)

    async def pause(self, seconds: float, *, only_with_connections: bool = False) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not self.is_quick and asyncio.get_running_loop().time() < end:
            if only_with_connections and not self.server_state.connections and not self.acceptor.waiting:
                return
            await asyncio.sleep(POLL_INTERVAL)
