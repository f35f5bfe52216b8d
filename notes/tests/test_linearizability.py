"""Guarded writes to one note are linearizable, also while workers are killed and replaced."""

import http.client
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from random import Random

import pytest

from notes.tests.convergence.client import Client
from notes.tests.linearizability import Operation, faults_of, record
from notes_api.tests.live_server import logged_in, scratch_database, serving

# `make soak` runs more.
OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "240"))
CLIENTS = 8
# The number of operations after which all workers are killed, or replaced one after the other.
DISTURB_EVERY = max(100, OPERATIONS // 40)


class Writer:
    """A client that reads the note, and writes to it if nobody else has written since."""

    def __init__(self, server, token, path, number):
        self.server, self.token, self.path, self.number = server, token, path, number
        self.chance, self.texts, self.seen = Random(number), count(), None
        self.client = Client(server, token)

    def act(self):
        if self.seen is None or self.chance.random() < 0.4:
            operation = record(lambda: self.send("GET"))
        else:
            text, seen = f"{self.number}.{next(self.texts)}", self.seen
            body, header = {"title": "Milk", "content": text}, {"If-Match": f'"{seen}"'}
            operation = record(lambda: self.send("PUT", body, header), seen, text)
        self.seen = operation.version
        return operation

    def send(self, method, body=None, headers=()):
        """Return the version and text of the note; None if nobody knows what happened."""
        try:
            answer = self.client.send(method, self.path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            self.client = Client(self.server, self.token)
            return None
        if answer.status == 503:
            return None
        assert answer.status in (200, 412), answer
        note = answer.body if answer.status == 200 else answer.body["current"]
        return note["version"], note["content"]

    def close(self):
        self.client.close()


def run(writers, server):
    """Let all writers act until there are enough operations, and disturb the server meanwhile; return the history."""
    history, enough = [], threading.Event()

    def act(writer):
        while not enough.is_set():
            history.append(writer.act())

    with ThreadPoolExecutor(len(writers)) as threads:
        acting = [threads.submit(act, writer) for writer in writers]
        disturbances = 0
        while (len(history) < OPERATIONS or disturbances < 2) and not any(each.done() for each in acting):
            if len(history) >= (disturbances + 1) * DISTURB_EVERY:
                disturb(server, is_kill=disturbances % 2 == 0)
                disturbances += 1
            enough.wait(0.01)
        enough.set()
        for each in acting:
            each.result()
    return history, disturbances


def disturb(server, *, is_kill):
    if not is_kill:
        server.signal(signal.SIGHUP)
        return
    for worker in server.workers():
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


@pytest.fixture
def server(template):
    with scratch_database(template) as database, serving(database, WEB_CONCURRENCY="2") as server:
        yield server


def test_guarded_writes_of_8_clients_are_linearizable_over_kills_and_restarts(server):
    with logged_in(server) as visitor:
        path = visitor.post("/notes", json={"title": "Milk"}).headers["Location"]
        token = visitor.tokens["access_token"]

        with ExitStack() as stack:
            writers = [Writer(server, token, path, number) for number in range(CLIENTS)]
            for writer in writers:
                stack.callback(writer.close)
            history, disturbances = run(writers, server)
            history.append(record(lambda: writers[0].send("GET")))

    assert faults_of(history) == []
    assert len(history) > OPERATIONS
    assert disturbances >= 2
    assert "Not reloaded" not in server.log()
    assert sum(each.has_written for each in history) > OPERATIONS / 20


def read(start, end, version, text):
    return Operation(start, end, version, text)


def write(start, end, if_match, version, text):
    return Operation(start, end, version, text, if_match, text)


FIRST = write(0, 1, 1, 2, "a")


def test_a_read_that_overlaps_a_write_may_see_either_state():
    assert faults_of([read(-1, 0, 1, ""), FIRST, read(0.5, 2, 1, ""), read(0.5, 2, 2, "a")]) == []


def test_a_lost_response_of_a_write_explains_a_text_that_is_read_later():
    lost = Operation(2, float("inf"), None, None, 2, "b")

    assert faults_of([read(-1, 0, 1, ""), FIRST, lost, read(9, 10, 3, "b")]) == []
    assert faults_of([read(-1, 0, 1, ""), FIRST, lost, read(9, 10, 2, "a")]) == []


FAULTY = {
    "a stale read": [FIRST, read(2, 3, 1, "")],
    "a lost write": [FIRST, write(2, 3, 2, 3, "b"), read(4, 5, 2, "a")],
    "a write over a version that its writer had not seen": [FIRST, write(2, 3, 2, 3, "b"), write(2, 3, 2, 4, "c")],
    "two texts of one version": [FIRST, read(2, 3, 2, "b")],
    "a text that nobody wrote": [FIRST, read(2, 3, 3, "?")],
    "two writes of one version": [FIRST, write(0, 1, 1, 2, "a")],
    "a rejection by the present version": [FIRST, Operation(2, 3, 2, "a", 2, "b")],
    "a text that appears before it is written": [read(-2, -1, 2, "a"), FIRST],
    "a write that takes effect before it begins": [FIRST, read(2, 3, 3, "b"), write(4, 5, 2, 3, "b")],
}


def test_the_checker_detects(subtests):
    for name, history in FAULTY.items():
        with subtests.test(name=name):
            assert faults_of([read(-9, -8, 1, ""), *history]) != []
