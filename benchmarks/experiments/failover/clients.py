"""The clients of one run: writers that remember what was acknowledged, streams, and the crowd of the soak test."""

import socket
import threading
import time
from contextlib import suppress
from itertools import pairwise

from benchmarks.experiments.faults import TimedLoad
from notes.tests.convergence.client import Client
from notes.tests.convergence.crowd import Crowd
from notes.tests.event_streams import Listener
from notes_api.tests.edge.server import eventually

# Seconds between two requests of a client of the crowd. Otherwise the clients take the CPU time of the databases.
PAUSE = 0.1


class PatientClient(Client):
    """Repeats reads while the database is away."""

    def send(self, method, path, body=None, headers=()):
        time.sleep(PAUSE)
        answer = super().send(method, path, body, headers)
        while method == "GET" and answer.status == 503:
            time.sleep(PAUSE)
            answer = super().send(method, path, body, headers)
        return answer


class PatientCrowd(Crowd):
    client_class = PatientClient

    def run_for(self, seconds):
        self.thread = threading.Thread(target=self.run_and_report, args=(seconds,), daemon=True)
        self.thread.start()

    def run_and_report(self, seconds):
        try:
            self.run(10**9, seconds)
        except Exception as error:  # noqa: BLE001  # the report shows it
            self.accounts[0].ledger.report("the comparison broke", repr(error))


class Follower(threading.Thread):
    """Reads one event stream; remembers when events came, and the last cursor."""

    def __init__(self, server, client):
        super().__init__(daemon=True)
        self.client = client
        self.listener = Listener(server, client.tokens["access_token"])
        self.times, self.cursor, self.has_ended = [], None, False

    def run(self):
        with suppress(OSError, AssertionError):
            while cursor := self.listener.event():
                self.times.append(time.monotonic())
                self.cursor = cursor
        self.has_ended = True

    def is_current(self):
        """Whether nothing is left after the cursor of the last event."""
        response = self.client.get("/changes", params={"since": self.cursor})
        return not self.has_ended and response.status_code == 200 and response.json()["changes"] == []

    def stop(self):
        with suppress(OSError):
            self.listener.connection.sock.shutdown(socket.SHUT_RDWR)
        self.join(5)


class Clients:
    """Everything that uses the server during one run."""

    def __init__(self, server, seconds):
        self.server, self.seconds = server, seconds
        self.load, self.crowd = TimedLoad(server, True, True, True, False), PatientCrowd(server, commonly_tagged=100)
        self.followers = []

    def __enter__(self):
        self.load.__enter__()
        self.followers = [Follower(self.server, client) for _, client in self.load.clients]
        for follower in self.followers:
            follower.start()
        self.crowd.run_for(self.seconds)
        return self

    def __exit__(self, *error):
        for follower in self.followers:
            follower.stop()
        self.load.__exit__(*error)

    def end(self):
        """End everything, and return how many streams reached the last change."""
        self.crowd.thread.join()
        self.load.end()
        with suppress(AssertionError):
            eventually(lambda: all(follower.is_current() for follower in self.followers), seconds=20)
        return sum(follower.is_current() for follower in self.followers)

    def writes_back(self, fault_at):
        """Seconds from the fault to the end of the longest pause of each writer after it; the longest of all."""
        return max(end_of_pause(successes(writer), fault_at) for writer in self.load.writers)

    def events_back(self, fault_at):
        return max(end_of_pause(follower.times, fault_at) for follower in self.followers)


def successes(writer):
    return [at for at, answer, _ in writer.responses if answer in (200, 201)]


def end_of_pause(times, fault_at):
    pauses = [(later - earlier, later) for earlier, later in pairwise(times) if later > fault_at]
    return max(pauses)[1] - fault_at if pauses else float("inf")
