"""A real server process for a test."""

import os
import signal
import socket
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

import httpx

from notes_api.tests import processes

ROOT = Path(__file__).resolve().parents[3]
GUNICORN = (sys.executable, "-m", "gunicorn")


def get(url, **options):
    """Send GET over plain HTTP. The preparation for TLS would take 30 ms: it reads the certificates of authorities."""
    return httpx.get(url, verify=False, **options)


class ServerGone(Exception):
    """The server will never respond on its port."""


class Server:
    def __init__(self, process, port, stderr):
        self.process, self.port, self.stderr = process, port, stderr
        self.url = f"http://127.0.0.1:{port}"

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def signal(self, number):
        self.process.send_signal(number)

    def log(self):
        return os.pread(self.stderr.fileno(), 1_000_000, 0).decode()

    def close(self):
        # Shown by pytest where a test fails.
        sys.stderr.write(self.log())
        self.stderr.close()

    def check(self):
        """Raise `ServerGone` if the server cannot start any more."""
        if "Connection in use" in self.log():
            # gunicorn retries for five seconds, then exits.
            raise ServerGone(f"Another process has port {self.port}.")
        if self.process.poll() is not None:
            raise ServerGone(f"It has ended: {self.log()}")

    def wait_until(self, claim, seconds):
        def holds():
            self.check()
            return claim()

        eventually(holds, seconds)
        self.check()

    def is_up(self):
        try:
            return get(f"{self.url}/livez", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def workers(self):
        """Return the process ids of the workers, started or starting.

        Before gunicorn reloads, it has another child: see `on_starting` in `gunicorn.conf.py`.
        """
        return processes.children(self.process.pid, b"gunicorn")

    def wait_for_workers(self, count):
        """Wait until `count` workers have responded."""
        self.wait_until(self.is_up, seconds=60)
        heard_of = set()

        def all_answered():
            heard_of.add(get(f"{self.url}/livez", timeout=10).json()["process"])
            return len(heard_of) == count

        self.wait_until(all_answered, seconds=60)


@contextmanager
def running_server(**variables):
    """Run gunicorn with the project's configuration; names of `variables` are prefixed with `EDGE_`."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "notes_api.tests.edge.settings",
        **{f"EDGE_{name.upper()}": str(value) for name, value in variables.items()},
    }
    workers = int(variables.get("workers", 1))
    with gunicorn(environment, "EDGE_PORT", lambda server: server.wait_for_workers(workers)) as server:
        yield server


@contextmanager
def gunicorn(environment, port_name, wait, ports=None, command=GUNICORN, cwd=ROOT):
    """Run gunicorn; `wait` returns when it is ready. Try a second port if the first was taken."""
    ports = ports or free_ports()
    try:
        server = started(environment, port_name, next(ports), wait, command, cwd)
    except ServerGone:
        server = started(environment, port_name, next(ports), wait, command, cwd)
    try:
        yield server
    finally:
        processes.end(server.process, signal.SIGINT)
        server.close()


def started(environment, port_name, port, wait, command, cwd):
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the server
    process = processes.start(command, cwd=cwd, env={**environment, port_name: str(port)}, stderr=stderr)
    server = Server(process, port, stderr)
    try:
        wait(server)
    except BaseException as error:
        if isinstance(error, ServerGone):
            # gunicorn retries a taken port for five seconds and ignores signals during that time.
            process.kill()
        processes.end(process, signal.SIGINT)
        server.close()
        raise
    return server


def free_ports():
    while True:
        yield free_port()


def ports_of_worker(name):
    """Cycle through ports that no other worker of the run uses and that no system assigns to clients."""
    first = 20_000 + 1000 * (int(name.removeprefix("gw")) % 12)
    # Every run starts at another port.
    return cycle(range(first + os.getpid() % 900, first + 1000))


PORTS = ports_of_worker(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))


def free_port():
    """Return a port that is free now; another process may still take it."""
    return next(port for port in PORTS if is_free(port))


def is_free(port):
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def eventually(claim, seconds=30.0):
    """Poll until the claim is true and return its value. A busy machine may take long, so poll ever less often."""
    end, pause = time.monotonic() + seconds, 0.01
    while not (said := claim()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(pause)
        pause = min(1.3 * pause, 0.15)
    return said
