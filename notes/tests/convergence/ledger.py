import threading
from collections import Counter


class Ledger:
    """What the server has said about one account, and everything that does not fit together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ids = []
        self.trashed = []
        # The least version that each note must have for whoever asks from now on.
        self.acknowledged = {}
        self.states = {}
        self.changes = 0
        # How many notes one tick has written at most, and how many pages of the feed ended among such notes.
        self.widest = self.pages_inside_a_version = 0
        self.faults = []

    def blame(self, kind, *facts):
        self.faults.append((kind, *facts))

    def saw(self, note):
        """A note in some state: whoever shows this version must show the same."""
        if "title" in note and self.states.setdefault((note["id"], note["version"]), note) != note:
            self.blame("two texts of one version", self.states[note["id"], note["version"]], note)

    def acknowledge(self, *notes):
        """The server has said that it keeps these. One change, however many notes it has reached."""
        for note in notes:
            self.saw(note)
        with self.lock:
            self.ids += [note["id"] for note in notes if note["id"] not in self.acknowledged]
            news = [self.raise_to(note["id"], note["version"]) for note in notes]
            self.changes += any(news)
            self.widest = max(self.widest, *Counter(note["version"] for note in notes).values(), 0)

    def acknowledge_end(self, note_id, before):
        """The server has said that the note went to the trash, or for good, some time after version `before`."""
        with self.lock:
            self.changes += self.raise_to(note_id, before + 1)

    def raise_to(self, note_id, version):
        """Whether that is news."""
        is_higher = version > self.acknowledged.get(note_id, 0)
        if is_higher:
            self.acknowledged[note_id] = version
        return is_higher

    def version_of(self, note_id):
        return self.acknowledged.get(note_id, 0)

    def promised(self):
        """What a reader who asks from now on has to be told, at least."""
        with self.lock:
            return dict(self.acknowledged)
