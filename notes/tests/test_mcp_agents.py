"""Two agents and a person edit the same notes at once, through `/mcp` and through the API: no accepted text is lost."""

import os
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from notes.tests.agents import call
from notes_api.tests.live_server import connected

# Of all three together; `make soak` runs 1,000.
ROUNDS = int(os.environ.get("AGENT_ROUNDS", "90"))
NOTES = 3


class Http:
    """Sends what the helpers for test clients send, to a served product."""

    def __init__(self, client):
        self.client = client

    def post(self, path, body, **meta):
        headers = {name.removeprefix("HTTP_").replace("_", "-"): value for name, value in meta.items()}
        return self.client.post(path, json=body, headers=headers)


class Writer:
    """Adds one line after another to the notes, and remembers which were accepted."""

    def __init__(self, name, client, notes):
        self.name, self.client, self.notes = name, client, notes
        self.accepted, self.refused = set(), set()
        self.own_notes = []

    def work(self, rounds):
        for number in range(rounds):
            note, line = self.notes[number % len(self.notes)], f"{self.name} {number}\n"
            write = getattr(self, self.WAYS[number % len(self.WAYS)])
            (self.accepted if write(note, line) else self.refused).add(line)


class Agent(Writer):
    WAYS = ("append", "edit", "replace", "retried_append", "edit")

    def use(self, tool, **arguments):
        result = call(Http(self.client), tool, **arguments).json()["result"]
        if result["isError"]:
            assert '"precondition_failed"' in result["content"][0]["text"], result
            return None
        return result["structuredContent"]

    def append(self, note, line):
        return self.use("append_to_note", id=note, text=line) is not None

    def retried_append(self, note, line):
        key = secrets.token_hex(8)
        first, second = (self.use("append_to_note", id=note, text=line, idempotency_key=key) for _ in range(2))
        return first == second

    def edit(self, note, line):
        read = self.use("read_note", id=note, max_chars=100_000)
        edits = [{"old": "first\n", "new": f"first\n{line}"}]
        return self.use("edit_note", id=note, version=read["version"], edits=edits) is not None

    def replace(self, note, line):
        read = self.use("read_note", id=note, max_chars=100_000)
        content = read["content"] + line
        return self.use("replace_note", id=note, version=read["version"], content=content) is not None


class Person(Writer):
    WAYS = ("patch", "put", "append", "edit", "trash_and_restore")

    def is_done(self, response):
        assert response.status_code in (200, 201, 204, 412), response.text
        return response.status_code != 412

    def read(self, note):
        response = self.client.get(f"/notes/{note}")
        return response.json(), {"If-Match": response.headers["ETag"]}

    def patch(self, note, line):
        read, guard = self.read(note)
        return self.is_done(
            self.client.patch(f"/notes/{note}", json={"content": read["content"] + line}, headers=guard)
        )

    def put(self, note, line):
        read, guard = self.read(note)
        body = {**read, "content": line + read["content"]}
        return self.is_done(self.client.put(f"/notes/{note}", json=body, headers=guard))

    def append(self, note, line):
        return self.is_done(self.client.post(f"/notes/{note}/append", json={"text": line}))

    def edit(self, note, line):
        edits = [{"old": "first\n", "new": f"{line}first\n"}]
        return self.is_done(self.client.post(f"/notes/{note}/edit", json={"edits": edits}))

    def trash_and_restore(self, note, line):
        """Write a note of its own: to the others, a note in the trash does not exist."""
        own = self.client.post("/notes", json={"title": "Own", "content": line}).json()["id"]
        assert self.client.delete(f"/notes/{own}").status_code == 204
        assert self.client.post(f"/trash/{own}/restore").json()["content"] == line
        self.own_notes.append(own)
        return True


@contextmanager
def agent_of(product, owner, name, notes):
    """An agent with an API token of the owner."""
    body = {"name": name, "scopes": ["notes:read", "notes:write"]}
    with connected(product) as client:
        client.headers["Authorization"] = f"Bearer {owner.post('/tokens', json=body).json()['token']}"
        yield Agent(name, client, notes)


@pytest.fixture
def notes(visitor):
    body = {"title": "Shared", "content": "first\n"}
    return [visitor.post("/notes", json=body).json()["id"] for _ in range(NOTES)]


def lines_of(client, note):
    return Counter(client.get(f"/notes/{note}").json()["content"].splitlines(keepends=True))


def test_two_agents_and_a_person_lose_no_text(product, visitor, notes):
    with agent_of(product, visitor, "one", notes) as one, agent_of(product, visitor, "two", notes) as two:
        writers = [one, two, Person("person", visitor, notes)]
        start = threading.Barrier(len(writers))

        def work(writer):
            start.wait()
            writer.work(ROUNDS // len(writers))

        with ThreadPoolExecutor(len(writers)) as pool:
            list(pool.map(work, writers))

    kept = sum((lines_of(visitor, note) for note in [*notes, *writers[2].own_notes]), Counter())
    accepted, refused = (set().union(*(getattr(each, name) for each in writers)) for name in ("accepted", "refused"))
    assert {line for line in accepted if kept[line] != 1} == set(), "an accepted text was lost or written twice"
    assert {line for line in refused if kept[line]} == set(), "a refused text was written"
    assert len(accepted) + len(refused) == ROUNDS // 3 * 3
    # Otherwise they did not write at the same time.
    assert refused
