"""A real server process for a test."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]


class ServerGone(Exception):
    """The server will never answer on its port."""


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
        """Raise at once what would otherwise be waited for in vain."""
        if "Connection in use" in self.log():
            # It goes on trying for five seconds, and may have ended of it by now.
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
            return httpx.get(f"{self.url}/livez", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def workers(self):
        """The process ids of the workers, started or starting."""
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False)
        return {int(number) for number in listed.stdout.split()}

    def wait_for_workers(self, count):
        """Until so many have answered."""
        self.wait_until(self.is_up, seconds=60)
        heard_of = set()

        def all_answered():
            heard_of.add(httpx.get(f"{self.url}/livez", timeout=10).json()["process"])
            return len(heard_of) == count

        self.wait_until(all_answered, seconds=60)


@contextmanager
def running_server(**variables):
    """gunicorn with the project's own configuration; names of `variables` are prefixed with `EDGE_`."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "notes_api.tests.edge.settings",
        **{f"EDGE_{name.upper()}": str(value) for name, value in variables.items()},
    }
    workers = int(variables.get("workers", 1))
    with gunicorn(environment, "EDGE_PORT", lambda server: server.wait_for_workers(workers)) as server:
        yield server


@contextmanager
def gunicorn(environment, port_name, wait, ports=None):
    """gunicorn, as soon as `wait` has found it ready; on a second port if it was too late for the first."""
    ports = ports or free_ports()
    try:
        server = started(environment, port_name, next(ports), wait)
    except ServerGone:
        server = started(environment, port_name, next(ports), wait)
    try:
        yield server
    finally:
        stop(server.process)
        server.close()


def started(environment, port_name, port, wait):
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the server
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env={**environment, port_name: str(port)},
        stderr=stderr,
        start_new_session=True,
    )
    server = Server(process, port, stderr)
    try:
        wait(server)
    except BaseException as error:
        if isinstance(error, ServerGone):
            # gunicorn tries a taken port for five seconds and hears nothing meanwhile.
            process.kill()
        stop(process)
        server.close()
        raise
    return server


def stop(process):
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports():
    while True:
        yield free_port()


def ports_of_worker(name):
    """Over and over, those that no other worker of the run tries and that no system gives to clients."""
    first = 20_000 + 1000 * (int(name.removeprefix("gw")) % 12)
    # Where in them it begins is another place for every run.
    return cycle(range(first + os.getpid() % 900, first + 1000))


PORTS = ports_of_worker(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))


def free_port():
    """One that was free just now: any other process may take it."""
    return next(port for port in PORTS if is_free(port))


def is_free(port):
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def eventually(claim, seconds=30.0):
    """Poll until the claim holds and return what it said; patiently, since a busy machine takes its time."""
    end = time.monotonic() + seconds
    while not (said := claim()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)
    return said
