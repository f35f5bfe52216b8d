"""A hundred walks over a thousand notes, page by page, while other notes come and go."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from notes.tests.convergence.client import Client
from notes_api.tests.edge.server import eventually

STEADY, PASSING, ROUNDS = 1000, 100, 10
LISTS = [
    "ordering=-updated_at", "ordering=updated_at", "ordering=-created_at", "ordering=created_at", "ordering=title",
    "ordering=-title", "q=walk+on", "tag=walk", "tag=walk&ordering=created_at", "is_archived=any&is_pinned=false",
]  # fmt: skip


class Writer(threading.Thread):
    """Deletes and brings back notes that lie among the steady ones, and makes new ones, all the time."""

    def __init__(self, client, ids, chance):
        super().__init__(daemon=True)
        self.client, self.active, self.trashed, self.random = client, ids, [], chance
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


def note(chance):
    """A hundred titles for all: most of them tie. Of the ranks of a search there are all three."""
    title = chance.choice(["walk on {:02}", "on {:02} we walk", "stroll {:02}"]).format(chance.randrange(33))
    return {"title": title, "content": "walk on", "tags": ["walk"]}


def seed(client, chance):
    """The ids of the steady notes, and of the others strewn among them."""
    ids = []
    for _ in range((STEADY + PASSING) // 100):
        operations = [{"op": "create", "note": note(chance)} for _ in range(100)]
        answer = client.send("POST", "/notes/batch", {"operations": operations})
        ids += [result["note"]["id"] for result in answer.body["results"]]
    passing = chance.sample(ids, PASSING)
    return set(ids).difference(passing), passing


def walk(client, query, interrupted):
    """The ids of all notes that the pages show; behind the first one something is written."""
    page = client.get(f"/notes?limit=100&{query}")
    shown = [note["id"] for note in page["results"]]
    eventually(interrupted)
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


def test_a_hundred_walks_skip_nothing_and_show_nothing_twice_while_others_come_and_go(clients):
    chance, (*readers, client) = random.Random(1), clients
    steady, passing = seed(client, chance)
    writer = Writer(client, passing, chance)

    def walk_often(reader, query):
        """Of each walk how often was written meanwhile, and which notes were shown twice or not at all."""
        walks = []
        for _ in range(ROUNDS):
            before = writer.answers.total()
            shown = Counter(walk(reader, query, lambda before=before: writer.answers.total() > before))
            twice = {note_id for note_id, times in shown.items() if times > 1}
            walks.append((query, writer.answers.total() - before, twice, steady - shown.keys()))
        return walks

    with writing(writer), ThreadPoolExecutor(len(LISTS)) as threads:
        walks = [walk for found in threads.map(walk_often, readers, LISTS) for walk in found]

    assert [(query, twice, skipped) for query, _, twice, skipped in walks if twice or skipped] == []
    assert len(walks) == 100
    assert min(written for _, written, *_ in walks) > 0
    assert writer.answers.keys() <= {200, 201, 204}
