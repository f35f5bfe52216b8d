"""The process that serves: a uvicorn worker under gunicorn that loses no request when it is replaced."""

import asyncio
import signal
import sys
from types import FrameType
from typing import Any

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]

from notes_api import draining

# Seconds between the last new connection and the end of idle ones: long enough for busy clients to hear
# `Connection: close`.
DRAIN_SECONDS = 1.0
# Seconds between two looks whether somebody insists on a quick end.
GLANCE = 0.05


class DrainingServer(Server):
    """Says good-bye before it leaves: uvicorn alone closes every connection that has no request in hand."""

    is_quick = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM drains; whoever presses Ctrl+C is at the terminal and does not want to wait."""
        self.is_quick = self.is_quick or sig != signal.SIGTERM
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        draining.stop.set()
        for server in self.servers:
            server.close()
        remaining = DRAIN_SECONDS
        while remaining > 0 and not self.is_quick and self.server_state.connections:
            await asyncio.sleep(GLANCE)
            remaining -= GLANCE
        await super().shutdown(sockets)


class DrainingWorker(UvicornWorker):  # type: ignore[misc] # its package has no types
    """Runs a `DrainingServer`; what gunicorn does not hand over to uvicorn is set in `CONFIG_KWARGS`."""

    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        # Who a client is behind a proxy is decided in one place, by TRUSTED_PROXIES.
        "proxy_headers": False,
        "server_header": False,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # gunicorn's own untyped signature
        super().__init__(*args, **kwargs)
        # uvicorn would wait for ever; it has to be done, draining included, before gunicorn kills.
        self.config.timeout_graceful_shutdown = self.cfg.graceful_timeout - 3

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = DrainingServer(self.config)
        # gunicorn's word for a quick end.
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGINT, None)
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
