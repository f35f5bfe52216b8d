"""A test run that is killed leaves no server behind."""

import signal
import subprocess
import sys

import pytest

from notes_api.tests.edge.server import ROOT, eventually

RUN = """
import time
from notes_api.tests.edge.server import running_server

with running_server(workers=2) as server:
    print(server.process.pid, *server.workers(), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def run():
    """A run that has started a server."""
    process = subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        yield process
        process.kill()


def is_running(process_id):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False)
    # Z: it has ended, and its parent has not yet asked how.
    return state.stdout.strip() != "" and not state.stdout.startswith("Z")


def test_a_server_and_its_workers_end_when_the_run_is_killed(run):
    server = [int(word) for word in run.stdout.readline().split()]
    assert [is_running(process_id) for process_id in server] == [True] * 3

    run.send_signal(signal.SIGKILL)

    assert eventually(lambda: not any(map(is_running, server)))
