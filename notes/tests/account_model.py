"""A plain model of what one account holds."""

from uuid import uuid4


class AccountModel:
    """`notes` and `trash` hold the expected notes by id, `versions` the last version by id, `gone` the purged ids."""

    def expect_nothing(self):
        self.ids = [str(uuid4()) for _ in range(4)]
        self.notes, self.trash, self.gone, self.versions, self.texts = {}, {}, set(), {}, {}
        self.clock = 0

    def tick(self, *note_ids):
        self.clock += 1
        self.versions.update(dict.fromkeys(note_ids, self.clock))

    def headers(self, note_id, guard):
        if guard is None:
            return {}
        version = self.versions.get(note_id, 0) if guard == "right" else 10**6
        return {"If-Match": f'"{version}"'}

    def expect(self, note_id, guard, shelf):
        """Return the status of a guarded write to a note in `shelf`."""
        if note_id not in shelf:
            return 404
        return 412 if guard == "wrong" else 200

    def put_text(self, note_id, values):
        """Change the note; its earlier text may become a revision."""
        before = self.notes[note_id]
        after = {**before, **values}
        if after != before:
            self.texts.setdefault(note_id, set()).add((before["title"], before["content"]))
            self.notes[note_id] = after
            self.tick(note_id)

    def bury(self, *note_ids):
        for note_id in note_ids:
            del self.trash[note_id]
            self.texts.pop(note_id, None)
            self.gone.add(note_id)
        if note_ids:
            self.tick(*note_ids)

    def carry_out(self, named, text):
        there = [note_id for note_id in named if note_id in self.notes]
        changed = set(there if text else ())
        for note_id in there:
            note = self.notes[note_id]
            self.texts.setdefault(note_id, set()).add((note["title"], note["content"]))
            self.notes[note_id] = {**note, "content": note["content"] + text}
        if named[-1] in self.notes:
            self.trash[named[-1]] = self.notes.pop(named[-1])
            changed.add(named[-1])
        if changed:
            self.tick(*changed)
