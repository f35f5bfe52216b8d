"""Paging through lists while other notes are created, deleted and restored."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from notes.tests.convergence.client import Client
from notes_api.tests.edge.server import eventually

STEADY, PASSING, ROUNDS = 400, 100, 4
LISTS = [
    "ordering=-updated_at", "ordering=updated_at", "ordering=-created_at", "ordering=created_at", "ordering=title",
    "ordering=-title", "q=walk+on", "tag=walk", "tag=walk&ordering=created_at", "is_archived=any&is_pinned=false",
]  # fmt: skip


class Writer(threading.Thread):
    """Deletes and restores the passing notes, and creates new ones, until `is_over` is set."""

    def __init__(self, client, ids, generator):
        super().__init__(daemon=True)
        self.client, self.active, self.trashed, self.random = client, ids, [], generator
        self.answers, self.is_over = Counter(), threading.Event()

    def run(self):
        while not self.is_over.is_set():
            self.random.choice([self.create, self.delete, self.delete, self.restore])()

    def create(self):
        answer = self.send("POST", "/notes", note(self.random))
        self.active.append(answer.body["id"])

    def delete(self):
        self.move(self.active, self.trashed, "DELETE", "/notes/{}")

    def restore(self):
        self.move(self.trashed, self.active, "POST", "/trash/{}/restore")

    def move(self, source, target, method, path):
        if source:
            target.append(source.pop(self.random.randrange(len(source))))
            self.send(method, path.format(target[-1]))

    def send(self, *request):
        answer = self.client.send(*request)
        self.answers[answer.status] += 1
        return answer


def note(generator):
    """Return a note with one of 99 titles, so that most tie; a search ranks them in all three ways."""
    title = generator.choice(["walk on {:02}", "on {:02} we walk", "stroll {:02}"]).format(generator.randrange(33))
    return {"title": title, "content": "walk on", "tags": ["walk"]}


def seed(client, generator):
    """Return the ids of the steady notes, and of the passing ones among them."""
    ids = []
    for _ in range((STEADY + PASSING) // 100):
        operations = [{"op": "create", "note": note(generator)} for _ in range(100)]
        answer = client.send("POST", "/notes/batch", {"operations": operations})
        ids += [result["note"]["id"] for result in answer.body["results"]]
    passing = generator.sample(ids, PASSING)
    return set(ids).difference(passing), passing


def ids_on_pages(client, query, is_interrupted):
    """Return the ids on all pages; after the first page it waits for a write."""
    page = client.get(f"/notes?limit=50&{query}")
    shown = [note["id"] for note in page["results"]]
    eventually(is_interrupted)
    while page["next"]:
        address = urlsplit(page["next"])
        page = client.get(f"{address.path}?{address.query}")
        shown += [note["id"] for note in page["results"]]
    return shown


@contextmanager
def writing(writer):
    writer.start()
    yield
    writer.is_over.set()
    writer.join(60)


@pytest.fixture
def clients(product, visitor):
    with ExitStack() as stack:
        yield [stack.enter_context(Client(product, visitor.tokens["access_token"])) for _ in [*LISTS, "the writer"]]


def test_pages_skip_no_note_and_show_none_twice_while_other_notes_come_and_go(clients):
    generator, (*readers, client) = random.Random(1), clients
    steady, passing = seed(client, generator)
    writer = Writer(client, passing, generator)

    def walk_often(reader, query):
        """Return for each walk the number of writes during it, and the notes shown twice and not at all."""
        walks = []
        for _ in range(ROUNDS):
            before = writer.answers.total()
            shown = Counter(ids_on_pages(reader, query, lambda before=before: writer.answers.total() > before))
            twice = {note_id for note_id, times in shown.items() if times > 1}
            walks.append((query, writer.answers.total() - before, twice, steady - shown.keys()))
        return walks

    with writing(writer), ThreadPoolExecutor(len(LISTS)) as threads:
        walks = [walk for found in threads.map(walk_often, readers, LISTS) for walk in found]

    assert [(query, twice, skipped) for query, _, twice, skipped in walks if twice or skipped] == []
    assert len(walks) == ROUNDS * len(LISTS)
    assert min(written for _, written, *_ in walks) > 0
    assert writer.answers.keys() <= {200, 201, 204}
