"""Readers: threads that keep a replica in sync."""

import threading

from notes.tests.convergence.replica import Replica

# Small pages end inside a version more often, large ones catch up.
LIMITS = [1, 2, 5, 20, 100, 500]


class Reader(threading.Thread):
    """Keeps a replica in every way a client may: stops half-way, repeats a page, resumes from an old cursor."""

    def __init__(self, name, feed, ledger, random):
        super().__init__(name=name, daemon=True)
        self.feed, self.ledger, self.random = feed, ledger, random
        self.replica = Replica(feed, ledger)
        self.is_over = threading.Event()

    def run(self):
        try:
            while not self.is_over.wait(self.random.choice([0, 0.05, 0.2, 0.5])):
                self.replica.pull(self.cursor(), self.random.choice(LIMITS), self.random.randint(1, 6))
            self.replica.catch_up()
        except Exception as error:  # noqa: BLE001 (the ledger reports it)
            self.ledger.report("reader broke", repr(error))
        finally:
            self.feed.client.close()

    def cursor(self):
        stored = self.replica.stored
        kinds = [self.replica.front, self.replica.cursor, stored[-min(2, len(stored))], self.random.choice(stored)]
        return self.random.choices(kinds, [10, 6, 2, 1])[0]
