"""The worker class of gunicorn.

gunicorn's master imports this module, and each worker begins as a copy of the master. So nothing here imports the
settings or the application: a worker that is started after HUP must read them again.
"""

import asyncio
import faulthandler
import logging
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]

from notes_api.server.heap import configure_allocator

if TYPE_CHECKING:
    from notes_api.server.draining_server import DrainingServer

logger = logging.getLogger(__name__)

# Seconds between two signs of life. Without one for `timeout` seconds, gunicorn replaces the worker.
HEARTBEAT_SECONDS = 1.0
# Seconds for which a worker may finish its requests after its master has died.
ORPHAN_SECONDS = 1.5
# The permissions of the file of the heartbeats when the worker is ready. gunicorn creates it without this one.
READY = stat.S_IXUSR
# The master sends it to a worker whose successor is ready. No other process sends it.
RETIRE_SIGNAL = signal.SIGUSR2


class DrainingWorker(UvicornWorker):  # type: ignore[misc] # its package has no types
    """Runs a `DrainingServer` with the uvicorn options that gunicorn does not pass on."""

    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "notes_api.server.http_protocol:BoundedProtocol",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        # TrustedProxyMiddleware alone decides which proxies to trust.
        "proxy_headers": False,
        "server_header": False,
        # uvicorn would use the wall clock, which may be set back.
        "callback_notify": None,
    }
    # In the master: whether the worker was told that its successor is ready.
    is_retired = False
    server: "DrainingServer | None" = None

    @property
    def is_ready(self) -> bool:
        """Whether the worker has reported that it accepts connections. For the master."""
        return bool(os.fstat(self.tmp.fileno()).st_mode & READY)

    def report_ready(self) -> None:
        """Mark the file of the heartbeats, which the master has open too. Its time is that of the last heartbeat."""
        os.fchmod(self.tmp.fileno(), READY)

    def init_process(self) -> None:
        configure_allocator()
        super().init_process()

    def init_signals(self) -> None:
        super().init_signals()
        # gunicorn ends a hung worker with SIGABRT. This shows where it hangs.
        faulthandler.enable()

    def end_with_master(self, pipe: int, clean_up: Callable[[], None]) -> None:
        """Start a thread that ends this process when the other end of the pipe is closed: when the master has died."""
        arguments = (pipe, clean_up)
        threading.Thread(target=self.wait_for_end_of_master, args=arguments, name="master-watch", daemon=True).start()

    def wait_for_end_of_master(self, pipe: int, clean_up: Callable[[], None]) -> None:
        os.read(pipe, 1)
        clean_up()
        logger.error("The master has died, so this worker ends")
        if self.server is not None:
            self.server.handle_exit(signal.SIGQUIT, None)
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)

    async def _serve(self) -> None:
        from notes_api.server.draining_server import DrainingServer  # noqa: PLC0415  # see above

        self.config.app = self.wsgi
        self.server = server = DrainingServer(self.config, self.cfg.graceful_timeout, self.report_ready)
        loop = asyncio.get_running_loop()
        # gunicorn sends SIGQUIT to request a quick exit.
        loop.add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None)
        loop.add_signal_handler(RETIRE_SIGNAL, server.retire)
        heartbeat = loop.create_task(self.send_heartbeats())
        await server.serve(sockets=self.sockets)
        heartbeat.cancel()
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    async def send_heartbeats(self) -> None:
        """Tell the master that the event loop runs, also while the worker shuts down."""
        while True:
            self.notify()
            await asyncio.sleep(HEARTBEAT_SECONDS)
