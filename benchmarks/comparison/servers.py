"""The contestants as running servers."""

import http.client
import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.processes import Memory, cpu_seconds, free_port, memory_of_workers

HOST = "127.0.0.1"
PATIENCE = 60.0


class ServerFailed(Exception):
    """A server did not start, or gave an unexpected response."""


@dataclass
class Server:
    """One contestant on its own database; `tokens` has one for each account."""

    contestant: Contestant
    database: dict[str, str]
    tokens: list[str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        return self.process is not None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServerFailed(f"{self.contestant.name} is not running.")
        return self.process.pid

    def start(self, path: str) -> float:
        """Start the server; return the seconds until it responded 200 to the first account's request for this path."""
        self.port = free_port()
        began = time.monotonic()
        # In a directory without a gunicorn.conf.py, and in a new session, so that Ctrl-C reaches only us.
        self.process = subprocess.Popen(
            self.contestant.command(self.port, self.database),
            env=self.contestant.environment(self.database, self.port),
            cwd=tempfile.gettempdir(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not self.answers(path):
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                raise ServerFailed(f"{self.contestant.name} did not start.")
            time.sleep(0.01)
        return time.monotonic() - began

    def answers(self, path: str) -> bool:
        try:
            return self.get(path, self.tokens[0])[0] == 200
        except OSError:
            return False

    def get(self, path: str, token: str) -> tuple[int, bytes, str]:
        """Send a request; return status, body and ETag."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            return response.status, response.read(), response.headers.get("ETag", "")
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def memory(self) -> Memory:
        return memory_of_workers(self.pid)

    def stop(self) -> None:
        """Stop the server; kill it if it hangs."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
