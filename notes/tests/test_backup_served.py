"""A backup of the product while twelve accounts write is one moment of their history."""

import threading
from contextlib import ExitStack

import pytest

from accounts.models import User
from notes.tests.backups import back_up, connected_to, restore
from notes.tests.feeds import changes_in, pages
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in

WRITERS = 12


class Writer(threading.Thread):
    """Creates pairs of notes, each with one atomic batch, and counts them in a third note in the same batch."""

    def __init__(self, client):
        super().__init__()
        self.client = client
        self.sent = self.acknowledged = 0
        self.is_stopping = threading.Event()
        self.log = client.post("/notes", json={"title": "log"}).json()["id"]

    def run(self):
        while not self.is_stopping.is_set():
            self.sent += 1
            pair = [{"op": "create", "note": {"title": f"{self.sent} {half}"}} for half in "ab"]
            append = {"op": "append", "id": self.log, "text": f"{self.sent}\n"}
            body = {"atomic": True, "operations": [*pair, append]}
            assert self.client.post("/notes/batch", json=body).json()["applied"]
            self.acknowledged += 1


@pytest.fixture
def writers(product):
    with ExitStack() as stack:
        writers = [Writer(stack.enter_context(logged_in(product))) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            yield writers
        finally:
            for writer in writers:
                writer.is_stopping.set()
                writer.join()


@pytest.fixture
def backup(writers, served_database, transactional_db, tmp_path):
    """A backup in the middle, and how many batches each writer had acknowledged before and sent after it."""
    eventually(lambda: all(writer.acknowledged > 3 for writer in writers), seconds=60)
    before = [writer.acknowledged for writer in writers]
    with connected_to(served_database):
        path = back_up(tmp_path)
    after = [writer.sent for writer in writers]
    eventually(lambda: all(writer.acknowledged > sent for writer, sent in zip(writers, after, strict=True)), seconds=60)
    return path, before, after


def exported(client):
    """Return the titles of all notes and the text of the log."""
    notes = [change["note"] for change in changes_in(pages(client))]
    return {note["title"] for note in notes}, next(note["content"] for note in notes if note["title"] == "log")


def test_a_backup_made_while_accounts_write_is_one_moment(backup, writers, own_database, as_user):
    path, before, after = backup

    restore(path)

    exports = [exported(as_user(User.objects.get(email=writer.client.email))) for writer in writers]
    counts = [len(log.splitlines()) for _, log in exports]
    expected = [
        ({"log"} | {f"{n} {half}" for n in range(1, count + 1) for half in "ab"},
         "".join(f"{n}\n" for n in range(1, count + 1)))
        for count in counts
    ]  # fmt: skip
    assert exports == expected
    assert all(low <= count <= high for low, count, high in zip(before, counts, after, strict=True))
