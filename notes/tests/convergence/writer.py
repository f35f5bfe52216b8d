"""Writers: threads that change notes in every way the API offers."""

import threading
from uuid import UUID

from notes.tests.convergence.replica import listed

# The expected statuses of a write. After a 503 it may be done wholly or not at all, so nothing is recorded.
EXPECTED = {200, 201, 204, 404, 409, 412, 503}
BATCH_SIZES = [2, 3, 5, 10, 20, 40, 100]
TAGS = ["home", "work", "garden"]
# The two names, in turn, of a tag that many notes have from the start.
COMMON = ["everything", "all"]


class Writer(threading.Thread):
    """Sends every kind of write at random, mostly to notes that others write too."""

    def __init__(self, name, client, ledger, random):
        super().__init__(name=name, daemon=True)
        self.client, self.ledger, self.random = client, ledger, random
        self.is_over = threading.Event()
        self.written = 0

    def run(self):
        verbs, weights = zip(*VERBS, strict=True)
        try:
            while not self.is_over.is_set():
                self.random.choices(verbs, weights)[0](self)
        except Exception as error:  # noqa: BLE001 (the ledger reports it)
            self.ledger.report("writer broke", repr(error))
        finally:
            self.client.close()

    def send(self, method, path, body=None, headers=()):
        answer = self.client.send(method, path, body, headers)
        if answer.status not in EXPECTED:
            self.ledger.report("unexpected status", method, path, body, answer)
        if answer.status in {200, 201} and "title" in answer.body:
            self.ledger.acknowledge(answer.body)
        if answer.status == 412 and "current" in answer.body:
            self.ledger.record_state(answer.body["current"])
        return answer

    def end(self, path, note_id, headers=()):
        before = self.ledger.version_of(note_id)
        if self.send("DELETE", path, headers=headers).status == 204:
            self.ledger.acknowledge_end(note_id, before)
            return True
        return False

    def text(self):
        self.written += 1
        title = f"{self.name}, {self.written}"
        lines = [f"{title}: {self.random.getrandbits(64):x}\n" for _ in range(self.random.randint(0, 5))]
        return {"title": title, "content": "".join(lines), "tags": self.random.sample(TAGS, self.random.randint(0, 2))}

    def new_id(self):
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def any_id(self):
        """Return the id of a note, mostly a new one: there writers meet."""
        ids = self.ledger.ids
        if not ids or self.random.random() < 0.02:
            return self.new_id()
        return self.random.choice(ids[-30:] if self.random.random() < 0.7 else ids)

    def trashed_id(self):
        return self.random.choice(self.ledger.trashed[-20:] or [self.any_id()])

    def guard(self, note_id):
        """Return If-Match with the last known version, which is often outdated, or nothing."""
        known = self.ledger.version_of(note_id)
        return {"If-Match": f'"{known}"'} if known and self.random.random() < 0.5 else {}

    def create(self):
        key = {"Idempotency-Key": self.new_id()} if self.random.random() < 0.3 else {}
        text = self.text()
        first = self.send("POST", "/notes", text, key)
        if key and first.status == 201:
            second = self.send("POST", "/notes", text, key)
            # After a purge the response is no longer stored, and the retry creates another note.
            if second.status == 201 and second.headers["Idempotency-Replayed"] and second.body != first.body:
                self.ledger.report("not replayed", first, second)

    def create_own(self):
        note_id, text = self.new_id(), self.text()
        for _ in range(self.random.choice([1, 1, 2])):
            self.send("PUT", f"/notes/{note_id}", text, {"If-None-Match": "*"})

    def replace(self):
        note_id = self.any_id()
        self.send("PUT", f"/notes/{note_id}", self.text(), self.guard(note_id))

    def patch(self):
        note_id, flag = self.any_id(), self.random.choice(["is_pinned", "is_archived"])
        body = self.random.choice([{flag: self.random.random() < 0.5}, {"title": self.text()["title"]}])
        self.send("PATCH", f"/notes/{note_id}", body, self.guard(note_id))

    def append(self):
        note_id = self.any_id()
        self.send("POST", f"/notes/{note_id}/append", {"text": self.text()["content"]}, self.guard(note_id))

    def edit(self):
        note_id = self.any_id()
        answer = self.send("GET", f"/notes/{note_id}")
        if answer.status == 200 and answer.body["content"]:
            edits = [{"old": answer.body["content"].split("\n", 1)[0], "new": f"edited by {self.name}"}]
            self.send("POST", f"/notes/{note_id}/edit", {"edits": edits}, self.guard(note_id))

    def delete(self):
        note_id = self.any_id()
        if self.end(f"/notes/{note_id}", note_id, self.guard(note_id)):
            self.ledger.trashed.append(note_id)

    def restore(self):
        self.send("POST", f"/trash/{self.trashed_id()}/restore")

    def purge(self):
        note_id = self.trashed_id()
        self.end(f"/trash/{note_id}", note_id)

    def empty(self):
        self.send("DELETE", "/trash")

    def revise(self):
        note_id = self.any_id()
        answer = self.send("GET", f"/notes/{note_id}/revisions")
        if answer.status == 200 and answer.body["results"]:
            version = self.random.choice(answer.body["results"])["version"]
            path = f"/notes/{note_id}/revisions/{version}"
            if self.random.random() < 0.7:
                self.send("POST", f"{path}/restore")
            else:
                self.send("DELETE", path)

    def rename_tag(self):
        """Rename a tag; if the new name exists, the two merge."""
        self.rename(*self.random.sample(TAGS, 2))

    def rename_common_tag(self):
        self.rename(*COMMON)
        self.rename(*COMMON[::-1])

    def rename(self, old, new):
        if self.send("PATCH", f"/tags/{old}", {"name": new}).status == 200:
            self.ledger.acknowledge(*listed(self.client, "/notes", tag=new, is_archived="any").values())

    def delete_tag(self):
        self.send("DELETE", f"/tags/{self.random.choice(TAGS)}")

    def seed(self, count):
        """Create `count` notes with one tag, for a rename that changes them all."""
        operations = [{"op": "create", "note": {**self.text(), "tags": COMMON[:1]}} for _ in range(count)]
        for start in range(0, count, 100):
            answer = self.send("POST", "/notes/batch", {"operations": operations[start : start + 100]})
            self.ledger.acknowledge(*(result["note"] for result in answer.body["results"]))

    def batch(self):
        operations = [self.operation() for _ in range(self.random.choice(BATCH_SIZES))]
        before = {item["id"]: self.ledger.version_of(item["id"]) for item in operations}
        headers = {"Idempotency-Key": self.new_id()} if self.random.random() < 0.3 else {}
        body = {"operations": operations, "atomic": self.random.random() < 0.1}
        for _ in range(2 if headers else 1):
            answer = self.send("POST", "/notes/batch", body, headers)
            if answer.status == 200 and answer.body["applied"]:
                self.record_results(operations, answer.body["results"], before)

    def record_results(self, operations, results, before):
        """Record the last state of each note: both writes of one batch have one version."""
        last = {
            item["id"]: result
            for item, result in zip(operations, results, strict=True)
            if result["status"] in {200, 201, 204}
        }
        for note_id, result in last.items():
            if "note" in result:
                self.ledger.acknowledge(result["note"])
            else:
                self.ledger.acknowledge_end(note_id, before[note_id])
                self.ledger.trashed.append(note_id)

    def operation(self):
        kind = self.random.choice(["create", "create", "replace", "update", "append", "delete", "restore"])
        item = {"op": kind, "id": self.new_id() if kind == "create" else self.any_id()}
        if kind in {"create", "replace", "update"}:
            item["note"] = self.text()
        if kind == "append":
            item["text"] = self.text()["content"]
        known = self.ledger.version_of(item["id"])
        return item | ({"if_version": known} if known and self.random.random() < 0.3 else {})


VERBS = [
    (Writer.create, 10), (Writer.create_own, 8), (Writer.replace, 12), (Writer.patch, 12), (Writer.append, 12),
    (Writer.edit, 8), (Writer.delete, 10), (Writer.restore, 6), (Writer.purge, 4), (Writer.empty, 0.3),
    (Writer.revise, 5), (Writer.batch, 10), (Writer.rename_tag, 2), (Writer.rename_common_tag, 0.3),
    (Writer.delete_tag, 0.5),
]  # fmt: skip
