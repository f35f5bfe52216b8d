"""The ledger: what the server has acknowledged, and every contradiction."""

import threading
from collections import Counter


class Ledger:
    """What the server has acknowledged for one account, and every contradiction that was seen."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ids = []
        self.trashed = []
        # The least version of each note that any later response may show.
        self.acknowledged = {}
        self.states = {}
        self.changes = 0
        # The most notes that one tick has written, and how many pages of the feed ended inside one tick.
        self.widest = self.pages_inside_a_version = 0
        self.faults = []

    def report(self, kind, *facts):
        self.faults.append((kind, *facts))

    def record_state(self, note):
        """Record a note: every response that shows this version must show the same."""
        if "title" in note and self.states.setdefault((note["id"], note["version"]), note) != note:
            self.report("two texts of one version", self.states[note["id"], note["version"]], note)

    def acknowledge(self, *notes):
        """Record the notes of one acknowledged change."""
        for note in notes:
            self.record_state(note)
        with self.lock:
            self.ids += [note["id"] for note in notes if note["id"] not in self.acknowledged]
            news = [self.raise_to(note["id"], note["version"]) for note in notes]
            self.changes += any(news)
            self.widest = max(self.widest, *Counter(note["version"] for note in notes).values(), 0)

    def acknowledge_end(self, note_id, before):
        """Record that the note was trashed or purged at some version after `before`."""
        with self.lock:
            self.changes += self.raise_to(note_id, before + 1)

    def raise_to(self, note_id, version):
        """Raise the least version of a note; return whether it was lower."""
        is_higher = version > self.acknowledged.get(note_id, 0)
        if is_higher:
            self.acknowledged[note_id] = version
        return is_higher

    def version_of(self, note_id):
        return self.acknowledged.get(note_id, 0)

    def least_versions(self):
        """Return the least version of each note that a reader must get from now on."""
        with self.lock:
            return dict(self.acknowledged)
