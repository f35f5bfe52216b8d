"""The master and its workers: how they end together, and how one takes the place of another."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import pytest

from notes_api.server.worker import ORPHAN_SECONDS
from notes_api.tests import processes
from notes_api.tests.edge.server import ROOT, eventually, get, running_server
from notes_api.tests.live_server import connected, serving

# Seconds without a heartbeat after which the tests let a worker be replaced.
TIMEOUT = 3


def is_running(process):
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(process, 0)
        return True
    return False


@pytest.fixture(scope="module")
def impatient():
    """A server that soon replaces a hung worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUNICORN_CMD_ARGS", f"--timeout={TIMEOUT}")
        with running_server() as server:
            yield server


@pytest.fixture
def new_log(impatient):
    """`new_log()` returns what the server has written since the test began."""
    before = len(impatient.log())
    return lambda: impatient.log()[before:]


class Visitor(threading.Thread):
    """Sends requests until it is told to leave, and remembers statuses and the longest time."""

    def __init__(self, server, path, *, keeps_connection):
        super().__init__()
        self.server, self.path, self.keeps_connection = server, path, keeps_connection
        self.statuses, self.longest, self.is_leaving = set(), 0.0, False

    def run(self):
        with httpx.Client(base_url=self.server.url, verify=False, timeout=60) as client:
            headers = {} if self.keeps_connection else {"Connection": "close"}
            while not self.is_leaving:
                began = time.monotonic()
                try:
                    self.statuses.add(client.get(self.path, headers=headers).status_code)
                except httpx.TransportError as error:
                    self.statuses.add(repr(error))
                self.longest = max(self.longest, time.monotonic() - began)
                time.sleep(0.1)


class SlowRequest(threading.Thread):
    """Sends one request that takes this many seconds."""

    def __init__(self, server, seconds):
        super().__init__()
        self.address, self.status = f"{server.url}/slow?seconds={seconds}", None
        self.start()

    def run(self):
        try:
            self.status = get(self.address, timeout=60).status_code
        except httpx.TransportError:
            self.status = "cut"


def accepts(server):
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return False
    return True


def test_workers_accept_nothing_more_and_end_within_two_seconds_of_their_master():
    with running_server(workers=2) as server:
        workers = server.workers()
        short, long = SlowRequest(server, 1.2), SlowRequest(server, 20)
        time.sleep(0.3)

        server.process.kill()
        died = time.monotonic()
        eventually(lambda: not accepts(server))
        statuses_at_the_refusal = {short.status, long.status}
        eventually(lambda: not any(is_running(worker) for worker in workers))
        took = time.monotonic() - died
        short.join()
        long.join()

        assert "The master has died, so this worker ends" in server.log()
    assert statuses_at_the_refusal == {None}
    assert (short.status, long.status) == (200, "cut")
    assert ORPHAN_SECONDS < 2
    assert took < 15  # on a busy machine; without a limit they would wait for the long request


def wait_for_successor(server, old):
    """Wait until another worker serves."""
    eventually(lambda: old not in (workers := server.workers()) and len(workers) == 1)
    server.wait_for_workers(1)


def test_a_hung_worker_is_replaced_and_its_log_shows_where_it_hung(impatient, new_log):
    [hung] = impatient.workers()
    os.kill(hung, signal.SIGSTOP)
    began = time.monotonic()
    eventually(lambda: hung not in impatient.workers())
    took = time.monotonic() - began

    wait_for_successor(impatient, hung)
    assert "WORKER TIMEOUT" in new_log()
    # The master looks once a second, and sends SIGKILL a second after SIGABRT.
    assert took < TIMEOUT + 5


def test_the_product_replaces_a_hung_worker_within_twenty_seconds(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
    program = "import runpy; print(runpy.run_path('gunicorn.conf.py')['timeout'])"
    timeout = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout

    # As above; then the new worker starts.
    assert int(timeout) + 2 <= 15


def test_an_aborted_worker_shows_where_it_hung(impatient, new_log):
    [aborted] = impatient.workers()
    os.kill(aborted, signal.SIGABRT)

    wait_for_successor(impatient, aborted)
    assert eventually(lambda: "Fatal Python error: Aborted" in new_log() and "worker.py" in new_log())


def test_a_worker_that_shuts_down_for_longer_than_the_timeout_is_not_hung(impatient, new_log):
    [old] = impatient.workers()
    slow = SlowRequest(impatient, TIMEOUT + 2.5)
    time.sleep(0.3)

    impatient.signal(signal.SIGHUP)
    slow.join()

    assert slow.status == 200
    wait_for_successor(impatient, old)
    assert new_log() == ""


def test_the_old_workers_serve_until_the_new_ones_are_ready_however_slow_a_start_is(tmp_path):
    slow_start = tmp_path / "slow_start"
    with running_server(slow_start=slow_start) as server:
        slow_start.write_text("4")
        visitors = [Visitor(server, path, keeps_connection=keeps) for path in ("/plain", "/readyz") for keeps in (0, 1)]
        for visitor in visitors:
            visitor.start()
        old = server.workers()
        server.signal(signal.SIGHUP)
        eventually(lambda: len(now := server.workers()) == 1 and now.isdisjoint(old), seconds=60)
        time.sleep(0.5)
        for visitor in visitors:
            visitor.is_leaving = True
            visitor.join()

        assert [visitor.statuses for visitor in visitors] == [{200}] * 4
        # On an idle machine 0.1 s. A start takes four seconds.
        assert max(visitor.longest for visitor in visitors) < 3.5
        assert server.log() == ""


def test_a_second_reload_during_a_slow_first_one_leaves_the_right_number_of_workers(tmp_path):
    slow_start = tmp_path / "slow_start"
    with running_server(slow_start=slow_start) as server:
        old = server.workers()
        slow_start.write_text("1")
        server.signal(signal.SIGHUP)
        eventually(lambda: len(server.workers()) == 2)
        between = server.workers() - old
        server.signal(signal.SIGHUP)
        eventually(lambda: len(now := server.workers()) == 1 and now.isdisjoint(old | between), seconds=60)

        assert eventually(server.is_up)


def test_a_worker_that_dies_is_replaced_while_the_master_tries_whether_new_ones_can_start(tmp_path):
    slow_start = tmp_path / "slow_start"
    with running_server(workers=2, slow_start=slow_start) as server:
        old = server.workers()
        slow_start.write_text("60")
        server.signal(signal.SIGHUP)
        [trial] = eventually(lambda: processes.children(server.process.pid, b"import"))
        os.kill(min(old), signal.SIGKILL)
        [new] = eventually(lambda: server.workers() - old)

        assert is_running(trial)
        # Both would sleep for a minute. The end of the server would wait for its workers.
        slow_start.unlink()
        os.kill(trial, signal.SIGKILL)
        os.kill(new, signal.SIGKILL)
        server.wait_for_workers(2)


@pytest.fixture(scope="module")
def env_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("settings") / "env"
    file.touch()
    return file


@pytest.fixture(scope="module")
def configured(served_database, env_file):
    """The product with a file of settings."""
    with serving(served_database, ENV_FILE=str(env_file)) as server:
        yield server


def test_hup_reads_the_settings_again(configured, env_file):
    with connected(configured) as client:
        registration = {"email": "first@example.com", "password": "correct horse battery"}
        assert client.post("/users", json=registration).status_code == 201
        env_file.write_text("REGISTRATION=closed\n")
        old = configured.workers()
        configured.signal(signal.SIGHUP)
        eventually(lambda: len(now := configured.workers()) == 1 and now.isdisjoint(old), seconds=60)

        refused = client.post("/users", json={**registration, "email": "second@example.com"})

    assert refused.status_code == 403


def test_hup_changes_nothing_if_the_server_cannot_listen_on_a_changed_address(configured, env_file):
    workers = configured.workers()
    # No machine has this address (RFC 5737).
    env_file.write_text("HOST=192.0.2.1\n")
    configured.signal(signal.SIGHUP)

    assert eventually(lambda: "the old workers keep running: cannot listen on 192.0.2.1" in configured.log(), 60)
    assert configured.workers() == workers
    assert configured.is_up()
