"""The process that serves: a uvicorn worker under gunicorn that loses no request when it is replaced."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]

from notes_api.draining import begin_draining
from notes_api.protocol import BoundedProtocol

logger = logging.getLogger(__name__)

# Seconds in which a process that has to end still accepts connections, while its successor starts and balancers
# learn from /readyz that it is about to go.
ACCEPT_SECONDS = 2.0
# Seconds after that in which it still answers on the connections it has: busy clients hear `Connection: close`.
FAREWELL_SECONDS = 1.0
# Seconds between two looks at whether somebody insists on a quick end.
GLANCE = 0.05
# From so many connections on a worker accepts one per turn of so many seconds.
FREE_CONNECTIONS, TURN = 4, 0.001
# Seconds to wait for a free file descriptor.
EXHAUSTED_PAUSE = 1.0


class DrainingServer(Server):
    """Says good-bye before it leaves: uvicorn alone closes every connection that has no request in hand."""

    is_quick = False
    listeners: Sequence[socket.socket] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # A stock event loop accepts all that wait at once: of a burst of connections one worker gets everything,
        # and the others sit idle. Here each takes its turn.
        await super().startup(sockets=[])
        self.listeners = sockets or []
        for listener in self.listeners:
            listener.setblocking(False)
            self.listen(listener)

    def listen(self, listener: socket.socket) -> None:
        if listener in self.listeners:
            asyncio.get_running_loop().add_reader(listener, self.accept, listener)

    def rest(self, listener: socket.socket, seconds: float) -> None:
        asyncio.get_running_loop().remove_reader(listener)
        asyncio.get_running_loop().call_later(seconds, self.listen, listener)

    def accept(self, listener: socket.socket) -> None:
        """Take one connection, then let the other workers have theirs."""
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was faster, or the client has left
        except OSError as error:
            logger.warning("No connection can be accepted: %s", error)
            self.rest(listener, EXHAUSTED_PAUSE)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self.attend(connection))
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)
        if len(self.server_state.connections) >= FREE_CONNECTIONS:
            self.rest(listener, TURN)

    async def attend(self, connection: socket.socket) -> None:
        def protocol() -> BoundedProtocol:
            return BoundedProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

        await asyncio.get_running_loop().connect_accepted_socket(protocol, connection)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM drains; whoever presses Ctrl+C is at the terminal and does not want to wait, the second time at all.

        uvicorn would raise the signal again when all is done, which gunicorn reports as if a worker had died of it.
        """
        self.is_quick = self.is_quick or sig != signal.SIGTERM
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        begin_draining()
        await self.pause(ACCEPT_SECONDS)
        for listener in self.listeners:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()
        self.listeners = ()
        await self.pause(FAREWELL_SECONDS, only_with_connections=True)
        await super().shutdown(sockets)

    async def pause(self, seconds: float, *, only_with_connections: bool = False) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not self.is_quick and asyncio.get_running_loop().time() < end:
            if only_with_connections and not self.server_state.connections:
                return
            await asyncio.sleep(GLANCE)


class DrainingWorker(UvicornWorker):  # type: ignore[misc] # its package has no types
    """Runs a `DrainingServer`; what gunicorn does not hand over to uvicorn is set here."""

    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": BoundedProtocol,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        # Who a client is behind a proxy is decided in one place, by TRUSTED_PROXIES.
        "proxy_headers": False,
        "server_header": False,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # gunicorn's own untyped signature
        super().__init__(*args, **kwargs)
        # uvicorn would wait for ever; it has to be done, farewell included, before gunicorn kills.
        self.config.timeout_graceful_shutdown = self.cfg.graceful_timeout - int(ACCEPT_SECONDS + FAREWELL_SECONDS) - 2

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = DrainingServer(self.config)
        # gunicorn's word for a quick end.
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None)
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
