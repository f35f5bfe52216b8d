import threading


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
        self.faults = []

    def blame(self, kind, *facts):
        self.faults.append((kind, *facts))

    def saw(self, note):
        """A note in some state: whoever shows this version must show the same."""
        if "title" in note and self.states.setdefault((note["id"], note["version"]), note) != note:
            self.blame("two texts of one version", self.states[note["id"], note["version"]], note)

    def acknowledge(self, note):
        """The server has said that it keeps this."""
        self.saw(note)
        with self.lock:
            if note["id"] not in self.acknowledged:
                self.ids.append(note["id"])
            self.raise_to(note["id"], note["version"])

    def acknowledge_end(self, note_id, before):
        """The server has said that the note went to the trash, or for good, some time after version `before`."""
        with self.lock:
            self.raise_to(note_id, before + 1)

    def raise_to(self, note_id, version):
        if version > self.acknowledged.get(note_id, 0):
            self.acknowledged[note_id] = version
            self.changes += 1

    def version_of(self, note_id):
        return self.acknowledged.get(note_id, 0)

    def promised(self):
        """What a reader who asks from now on has to be told, at least."""
        with self.lock:
            return dict(self.acknowledged)
