"""The crowd: several accounts, each with writers and readers, that share one server."""

import sys
import time
from contextlib import contextmanager
from random import Random

from notes.tests.convergence.client import Client
from notes.tests.convergence.ledger import Ledger
from notes.tests.convergence.reader import Reader
from notes.tests.convergence.replica import ChangesFeed, Replica, listed
from notes.tests.convergence.writer import Writer
from notes_api.tests.live_server import log_in, logged_in

ACCOUNTS, WRITERS, READERS = 3, 12, 8
# How many notes of the first account share one tag.
COMMONLY_TAGGED = 600


class Account:
    """One account with its writers and readers."""

    def __init__(self, server, visitor, crowd, number):
        self.server, self.visitor, self.number = server, visitor, number
        self.client_class = crowd.client_class
        self.ledger, self.seed = Ledger(), crowd.seed
        self.writers = [self.writer(index) for index in range(number, WRITERS, ACCOUNTS)]
        self.readers = [
            Reader(f"Reader {index}", crowd.feed(self.client()), self.ledger, Random(f"{crowd.seed} r{index}"))
            for index in range(number, READERS, ACCOUNTS)
        ]

    def writer(self, index):
        return Writer(f"Writer {index}", self.client(), self.ledger, Random(f"{self.seed} w{index}"))

    def client(self):
        """Log in again: a text of another session is always kept as a revision."""
        return self.client_class(self.server, log_in(self.visitor, self.visitor.email).json()["access_token"])

    def compare(self):
        """Compare the feed with the lists, and every replica with the feed."""
        client = self.client()
        server = Replica(ChangesFeed(client), self.ledger)
        server.catch_up(limit=37)
        lists = {"upsert": listed(client, "/notes", is_archived="any"), "trash": listed(client, "/trash")}
        for operation, notes in lists.items():
            if server.of(operation) != notes:
                self.ledger.report("feed and list differ", operation, server.of(operation), notes)
        for reader in self.readers:
            if reader.replica.notes != server.notes:
                self.ledger.report("replica differs", reader.name, difference(reader.replica.notes, server.notes))
        client.close()


class Crowd:
    """12 writers and 8 readers on 3 accounts, each with its own seeded randomness."""

    client_class = Client

    def __init__(self, server, *, seed=1, feed=ChangesFeed, commonly_tagged=COMMONLY_TAGGED):
        self.server, self.seed, self.feed, self.commonly_tagged = server, seed, feed, commonly_tagged
        self.accounts = []

    @property
    def changes(self):
        return sum(account.ledger.changes for account in self.accounts)

    @property
    def faults(self):
        return [fault for account in self.accounts for fault in account.ledger.faults]

    def run(self, changes, seconds):
        """Run until `changes` are acknowledged or the time is over, then until every reader has caught up."""
        with self.logged_in_accounts():
            threads = [thread for account in self.accounts for thread in [*account.writers, *account.readers]]
            first = self.accounts[0].writer(WRITERS)
            first.seed(self.commonly_tagged)
            for thread in threads:
                thread.start()
            first.rename_common_tag()
            first.client.close()
            self.watch(changes, seconds)
            # Readers continue as long as there are writers.
            for kind in (Writer, Reader):
                self.stop([thread for thread in threads if isinstance(thread, kind)])
            for account in self.accounts:
                account.compare()

    @contextmanager
    def logged_in_accounts(self):
        with (
            logged_in(self.server) as first,
            logged_in(self.server) as second,
            logged_in(self.server) as third,
        ):
            visitors = [first, second, third]
            self.accounts = [Account(self.server, visitor, self, at) for at, visitor in enumerate(visitors)]
            yield

    def watch(self, changes, seconds):
        began = shown = time.monotonic()
        while self.changes < changes and not self.faults and time.monotonic() < began + seconds:
            time.sleep(0.05)
            if time.monotonic() > shown + 5:
                shown = time.monotonic()
                print(f"{self.changes:6} changes in {shown - began:4.0f} s", file=sys.stderr)  # noqa: T201

    def stop(self, threads):
        for thread in threads:
            thread.is_over.set()
        for thread in threads:
            thread.join(60)
            if thread.is_alive():
                self.accounts[0].ledger.report("never ended", thread.name)


def difference(mine, theirs):
    pairs = {note_id: (mine.get(note_id), theirs.get(note_id)) for note_id in mine.keys() | theirs.keys()}
    return {note_id: (here, there) for note_id, (here, there) in pairs.items() if here != there}
