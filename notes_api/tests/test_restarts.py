import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from notes_api.tests.edge.server import ROOT, eventually, get, running_server

# Restarts under load; use 20 for a release.
RESTARTS = int(os.environ.get("RESTARTS", "1"))
# Responses between two restarts.
REQUESTS = 200
# Seconds between two requests of a client. Without them the clients take most of the CPU while workers start.
PAUSE = 0.02


def restart(server):
    before = server.workers()
    server.signal(signal.SIGHUP)
    eventually(lambda: len(now := server.workers()) == 2 and now.isdisjoint(before), seconds=60)


class Load(threading.Thread):
    """A client that keeps sending requests and remembers the responses."""

    def __init__(self, server, *, keeps_connection):
        super().__init__()
        self.server, self.keeps_connection = server, keeps_connection
        self.heard = Counter()
        self.is_over = False

    def run(self):
        connection = None
        while not self.is_over:
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
            try:
                connection.request("GET", "/plain")
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.heard[repr(error)] += 1
                connection.close()
                connection = None
                continue
            self.heard[response.status] += 1
            self.heard["close"] += response.will_close
            # After `Connection: close` the server may close at any moment.
            if response.will_close or not self.keeps_connection:
                connection.close()
                connection = None
            time.sleep(PAUSE)
        if connection:
            connection.close()


def answered(clients):
    return sum(client.heard[200] for client in clients)


def test_restarts_under_load_lose_no_request():
    with running_server(workers=2) as server:
        heard = restart_under_load(server)

    print(heard)  # noqa: T201 (the figures of a longer run)
    assert set(heard) == {200, "close"}
    assert heard[200] > REQUESTS * RESTARTS
    # Every client with a kept connection got `Connection: close` at every restart.
    assert heard["close"] >= 2 * RESTARTS


def restart_under_load(server):
    """Return how often the clients got each response."""
    clients = [Load(server, keeps_connection=keeps) for keeps in (True, True, True, False)]
    for client in clients:
        client.start()
    for number in range(RESTARTS):
        eventually(lambda number=number: answered(clients) > REQUESTS * (number + 1), seconds=60)
        restart(server)
    for client in clients:
        client.is_over = True
        client.join()

    return sum((client.heard for client in clients), Counter())


def test_a_shutdown_finishes_requests_answers_on_kept_connections_and_ends_streams():
    with (
        running_server() as server,
        httpx.Client(base_url=server.url, verify=False, timeout=30) as client,
        ThreadPoolExecutor(1) as thread,
        client.stream("GET", "/events") as stream,
    ):
        lines = stream.iter_lines()
        next(lines)
        client.get("/plain")
        slow = thread.submit(get, f"{server.url}/slow?seconds=3", timeout=30)
        eventually(lambda: "/slow" in get(f"{server.url}/seen").json()["runs"])
        server.signal(signal.SIGTERM)
        *_, last = lines
        kept = client.get("/plain")

        assert last == "bye"
        assert (kept.status_code, kept.headers["connection"]) == (200, "close")
        assert slow.result().json() == {"draining": True}
        assert slow.result().headers["connection"] == "close"
        assert server.process.wait(30) == 0


def test_ctrl_c_does_not_wait_for_idle_connections():
    with running_server(accept_seconds=25) as server, httpx.Client(base_url=server.url, verify=False) as client:
        client.get("/plain")
        began = time.monotonic()
        # As a terminal does on Ctrl+C: to all processes at once.
        os.killpg(server.process.pid, signal.SIGINT)

        assert server.process.wait(30) == 0
        # Any other shutdown takes longer than that.
        assert time.monotonic() - began < 25
        assert server.log() == ""


def test_a_reload_that_could_not_start_leaves_the_old_workers_in_place(tmp_path):
    with running_server(mistake=tmp_path / "mistake") as server:
        before = server.workers()
        (tmp_path / "mistake").touch()
        server.signal(signal.SIGHUP)
        eventually(lambda: "Not reloaded, the old workers keep running" in server.log())

        assert "A mistake was made." in server.log()
        assert server.workers() == before
        assert eventually(server.is_up)


def start_with(**variables):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "notes_api.settings", "ENV_FILE": os.devnull, **variables}
    return subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_wrong_setting_ends_the_start_with_one_sentence():
    process = start_with(SECRET_KEY="short")

    assert process.returncode != 0
    assert process.stderr == "Cannot start: SECRET_KEY is shorter than 32 bytes: use 32 random bytes or more.\n"
    assert process.stdout == ""
