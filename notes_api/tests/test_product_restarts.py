"""Workers are killed or replaced under a load of writes; no acknowledged write is lost."""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, serving

# The number of killed workers and of restarts under load; use 20 each for a release.
KILLS = int(os.environ.get("KILLS", "1"))
RESTARTS = int(os.environ.get("RESTARTS", "1"))
# Seconds between two notes of a writer. Without them the writers take most of the CPU while workers start.
PAUSE = 0.05


@pytest.fixture(scope="module")
def server(served_database):
    with serving(served_database, WEB_CONCURRENCY="2") as server:
        yield server


class Writer(threading.Thread):
    """Creates a note and appends lines to it; remembers what was acknowledged."""

    def __init__(self, server, token, *, keeps_connection=True):
        super().__init__()
        self.server, self.token, self.keeps_connection = server, token, keeps_connection
        self.heard = Counter()
        self.lines = {}
        self.versions = []
        self.is_over = False
        self.connection = None

    def run(self):
        while not self.is_over:
            if made := self.send("POST", "/notes", {"title": "Milk", "content": "begun"}, 201):
                self.lines[made["id"]] = 1
                for number in range(3):
                    if self.send("POST", f"/notes/{made['id']}/append", {"text": f"\nline {number}"}, 200):
                        self.lines[made["id"]] = number + 2
                    else:
                        break
            time.sleep(PAUSE)
        self.leave()

    def send(self, method, path, body, expected):
        """Return the note in the response, or None."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.connection = self.connection or http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        try:
            self.connection.request(method, path, json.dumps(body), headers)
            response = self.connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.heard[type(error).__name__] += 1
            self.leave()
            return None
        self.heard[response.status] += 1
        if response.will_close or not self.keeps_connection:
            self.leave()
        if response.status != expected:
            return None
        note = json.loads(answer)
        self.versions.append(note["version"])
        return note

    def leave(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Load:
    """Four writers, each with its own account."""

    writer_class = Writer

    def __init__(self, server, *keeps_connection):
        self.server, self.keeps_connection = server, keeps_connection
        self.clients, self.writers = [], []

    def __enter__(self):
        for keeps in self.keeps_connection:
            context = logged_in(self.server)
            client = context.__enter__()
            self.clients.append((context, client))
            token = client.tokens["access_token"]
            self.writers.append(self.writer_class(self.server, token, keeps_connection=keeps))
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, *error):
        self.end()
        for context, _ in self.clients:
            context.__exit__(None, None, None)

    def end(self):
        for writer in self.writers:
            writer.is_over = True
        for writer in self.writers:
            writer.join()

    def acknowledged(self):
        return sum(len(writer.versions) for writer in self.writers)

    def go_on(self, count):
        """Wait until this number of further writes was acknowledged."""
        goal = self.acknowledged() + count
        eventually(lambda: self.acknowledged() >= goal, seconds=60)

    def heard(self):
        return sum((writer.heard for writer in self.writers), Counter())

    def missing(self):
        """Return the acknowledged writes that are missing."""
        gone = []
        for (_, client), writer in zip(self.clients, self.writers, strict=True):
            found = {note["id"]: note["content"] for note in notes_of(client)}
            gone += [
                (note, count, found.get(note))
                for note, count in writer.lines.items()
                if text_of(count) != found.get(note, "")[: len(text_of(count))]
            ]
        return gone


def text_of(lines):
    return "\n".join(["begun", *[f"line {number}" for number in range(lines - 1)]])


def notes_of(client):
    """Return all notes of the account from the feed."""
    cursor, has_more = None, True
    while has_more:
        page = client.get("/changes", params={"limit": 500, **({"since": cursor} if cursor else {})}).json()
        yield from (change["note"] for change in page["changes"])
        cursor, has_more = page["next"], page["has_more"]


def test_a_killed_worker_loses_no_acknowledged_write(server):
    with Load(server, True, True, True, False) as load:
        for _ in range(KILLS):
            load.go_on(50)
            before = server.workers()
            os.kill(min(before), signal.SIGKILL)
            eventually(lambda before=before: len(server.workers()) == 2 and server.workers() != before, seconds=60)
        load.go_on(50)
        load.end()

        print(f"{load.acknowledged()} acknowledged, heard {load.heard()}")  # noqa: T201 (the figures of a longer run)
        assert load.missing() == []
        # The versions of an account never decrease, and none is used twice.
        assert all(sorted(set(writer.versions)) == writer.versions for writer in load.writers)
        assert {answer for answer in load.heard() if isinstance(answer, int)} == {200, 201}


def test_restarts_under_load_lose_no_write(server):
    with Load(server, True, True, True, False) as load:
        for _ in range(RESTARTS):
            load.go_on(50)
            before = server.workers()
            server.signal(signal.SIGHUP)
            eventually(lambda before=before: len(server.workers()) == 2 and not server.workers() & before, seconds=60)
        load.go_on(50)
        load.end()

        print(f"{load.acknowledged()} acknowledged, heard {load.heard()}")  # noqa: T201 (the figures of a longer run)
        assert load.missing() == []
        assert set(load.heard()) == {200, 201}
