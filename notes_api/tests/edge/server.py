"""A real server process for a test."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]


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
        eventually(self.is_up, seconds=30)
        heard_of = set()

        def all_answered():
            heard_of.add(httpx.get(f"{self.url}/livez", timeout=10).json()["process"])
            return len(heard_of) == count

        eventually(all_answered, seconds=30)


@contextmanager
def running_server(**variables):
    """gunicorn with the project's own configuration; names of `variables` are prefixed with `EDGE_`."""
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "notes_api.tests.edge.settings",
        "EDGE_PORT": str(port),
        **{f"EDGE_{name.upper()}": str(value) for name, value in variables.items()},
    }
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"], cwd=ROOT, env=environment, stderr=stderr, start_new_session=True
        )
        server = Server(process, port, stderr)
        try:
            server.wait_for_workers(int(variables.get("workers", 1)))
            yield server
        finally:
            stop(process)
            # Shown by pytest where a test fails.
            sys.stderr.write(server.log())


def stop(process):
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(claim, seconds=5.0):
    """Poll until the claim holds and return what it said."""
    end = time.monotonic() + seconds
    while not (said := claim()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)
    return said
