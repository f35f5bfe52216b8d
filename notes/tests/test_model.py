"""One account against a plain model of it: whatever is done over the API, both agree, and so does a replica."""

from io import StringIO
from itertools import pairwise
from uuid import uuid4

from django.core.management import call_command
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tokens import AccessToken
from conftest import PASSWORD

ABSENT = {"If-None-Match": "*"}
SLOTS = st.integers(0, 3)
TEXTS = st.sampled_from(["", "a", "milk", "milk and eggs", "x" * 30])
NOTES = st.fixed_dictionaries({"title": st.sampled_from(["Milk", "Bread"]), "content": TEXTS})
GUARDS = st.sampled_from([None, None, "right", "wrong"])


class Account(RuleBasedStateMachine):
    """`notes`, `trash`: what must be there, by id. `versions`: by id, the last number. `gone`: purged."""

    @initialize()
    def open(self):
        self.user = User.objects.create_user(f"{uuid4().hex}@example.com", PASSWORD)
        self.client = APIClient()
        session = Session.objects.create(user=self.user)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")
        self.ids = [str(uuid4()) for _ in range(4)]
        self.notes, self.trash, self.gone, self.versions, self.texts = {}, {}, set(), {}, {}
        self.clock = 0
        self.replica, self.cursor = {}, None

    # --- what must happen -------------------------------------------------------------------------------------------

    def tick(self, *note_ids):
        self.clock += 1
        self.versions.update(dict.fromkeys(note_ids, self.clock))

    def headers(self, note_id, guard):
        if guard is None:
            return {}
        version = self.versions.get(note_id, 0) if guard == "right" else 10**6
        return {"If-Match": f'"{version}"'}

    def expect(self, note_id, guard, shelf):
        """The status that a guarded write to a note on this shelf gets, where nothing else is wrong."""
        if note_id not in shelf:
            return 404
        return 412 if guard == "wrong" else 200

    def put_text(self, note_id, values):
        """The note with these values; what it was before may be a revision."""
        before = self.notes[note_id]
        after = {**before, **values}
        if after != before:
            self.texts.setdefault(note_id, set()).add((before["title"], before["content"]))
            self.notes[note_id] = after
            self.tick(note_id)

    # --- writes -----------------------------------------------------------------------------------------------------

    @rule(values=NOTES)
    def create(self, values):
        response = self.client.post("/notes", values)
        assert response.status_code == 201
        note_id = response.json()["id"]
        self.ids.append(note_id)
        self.notes[note_id] = values
        self.tick(note_id)

    @rule(slot=SLOTS, values=NOTES)
    def create_own(self, slot, values):
        note_id = self.ids[slot]
        response = self.client.put(f"/notes/{note_id}", values, headers=ABSENT)
        is_new = note_id not in self.versions
        assert response.status_code == (201 if is_new else 412)
        if is_new:
            self.notes[note_id] = values
            self.tick(note_id)
        else:
            assert response.json()["current"]["version"] == self.versions[note_id]

    @rule(slot=SLOTS, values=NOTES, guard=GUARDS)
    def replace(self, slot, values, guard):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.notes)
        response = self.client.put(f"/notes/{note_id}", values, headers=self.headers(note_id, guard))
        assert response.status_code == expected
        if expected == 200:
            self.put_text(note_id, values)

    @rule(slot=SLOTS, content=st.none() | TEXTS, guard=GUARDS)
    def patch(self, slot, content, guard):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.notes)
        headers = self.headers(note_id, guard)
        assert self.client.patch(f"/notes/{note_id}", {"content": content}, headers=headers).status_code == expected
        if expected == 200:
            self.put_text(note_id, {"content": content or ""})

    @rule(slot=SLOTS, text=TEXTS, guard=GUARDS, key=st.booleans())
    def append(self, slot, text, guard, key):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.notes)
        headers = self.headers(note_id, guard) | ({"Idempotency-Key": uuid4().hex} if key else {})
        for _ in range(1 + (key and expected == 200)):
            response = self.client.post(f"/notes/{note_id}/append", {"text": text}, headers=headers)
            assert response.status_code == expected
        if expected == 200:
            self.put_text(note_id, {"content": self.notes[note_id]["content"] + text})

    @rule(slot=SLOTS, old=st.sampled_from(["milk", "a", "xx"]), new=TEXTS)
    def edit(self, slot, old, new):
        note_id = self.ids[slot]
        content = self.notes.get(note_id, {}).get("content", "")
        times = sum(content.startswith(old, start) for start in range(len(content)))
        response = self.client.post(f"/notes/{note_id}/edit", {"edits": [{"old": old, "new": new}]})
        assert response.status_code == (404 if note_id not in self.notes else 200 if times == 1 else 409)
        if times == 1:
            self.put_text(note_id, {"content": content.replace(old, new)})

    @rule(slot=SLOTS, guard=GUARDS)
    def delete(self, slot, guard):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.notes)
        response = self.client.delete(f"/notes/{note_id}", headers=self.headers(note_id, guard))
        assert response.status_code == (204 if expected == 200 else expected)
        if expected == 200:
            self.trash[note_id] = self.notes.pop(note_id)
            self.tick(note_id)

    @rule(slot=SLOTS, guard=GUARDS)
    def restore(self, slot, guard):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.trash)
        response = self.client.post(f"/trash/{note_id}/restore", headers=self.headers(note_id, guard))
        assert response.status_code == expected
        if expected == 200:
            self.notes[note_id] = self.trash.pop(note_id)
            self.tick(note_id)

    @rule(slot=SLOTS, guard=GUARDS)
    def purge(self, slot, guard):
        note_id = self.ids[slot]
        expected = self.expect(note_id, guard, self.trash)
        response = self.client.delete(f"/trash/{note_id}", headers=self.headers(note_id, guard))
        assert response.status_code == (204 if expected == 200 else expected)
        if expected == 200:
            self.bury(note_id)

    @rule()
    def empty_trash(self):
        assert self.client.delete("/trash").status_code == 204
        self.bury(*self.trash)

    def bury(self, *note_ids):
        for note_id in note_ids:
            del self.trash[note_id]
            self.texts.pop(note_id, None)
            self.gone.add(note_id)
        if note_ids:
            self.tick(*note_ids)

    @rule(slots=st.lists(SLOTS, min_size=1, max_size=4), text=st.sampled_from(["", "!"]), is_atomic=st.booleans())
    def batch(self, slots, text, is_atomic):
        """Appends to some notes, and deletes the last of them."""
        named = [self.ids[slot] for slot in slots]
        operations = [{"op": "append", "id": note_id, "text": text} for note_id in named]
        operations.append({"op": "delete", "id": named[-1]})
        expected = [200 if note_id in self.notes else 404 for note_id in named]
        expected.append(204 if named[-1] in self.notes else 404)
        answer = self.client.post("/notes/batch", {"operations": operations, "atomic": is_atomic}).json()
        assert answer["applied"] == (not is_atomic or 404 not in expected)
        if answer["applied"]:
            assert [result["status"] for result in answer["results"]] == expected
            self.carry_out(named, text)

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

    @rule(slot=SLOTS, is_restored=st.booleans())
    def use_revision(self, slot, is_restored):
        """Bring the newest revision back, or forget it."""
        note_id = self.ids[slot]
        response = self.client.get(f"/notes/{note_id}/revisions?limit=1")
        assert response.status_code == (200 if note_id in self.notes else 404)
        if response.status_code != 200 or not response.json()["results"]:
            return
        path = f"/notes/{note_id}/revisions/{response.json()['results'][0]['version']}"
        text = self.client.get(path).json()
        assert (text["title"], text["content"]) in self.texts[note_id]
        if is_restored:
            assert self.client.post(f"{path}/restore").status_code == 200
            self.put_text(note_id, {"title": text["title"], "content": text["content"]})
        else:
            assert self.client.delete(path).status_code == 204
            self.tick()

    @rule()
    def run_purge(self):
        call_command("purge", stdout=StringIO())

    # --- what must be there -----------------------------------------------------------------------------------------

    def walk(self, path):
        page = self.client.get(path).json()
        return page["results"] + (self.walk(page["next"]) if page["next"] else [])

    @invariant()
    def the_clock_agrees(self):
        self.user.clock.refresh_from_db()
        assert self.user.clock.value == self.clock

    @rule(limit=st.integers(1, 5))
    def the_lists_agree(self, limit):
        listed, trashed = self.walk(f"/notes?limit={limit}"), self.walk(f"/trash?limit={limit}")
        assert {note["id"]: shown(note) for note in listed} == self.notes
        assert {note["id"]: shown(note) for note in trashed} == self.trash
        assert len(listed) == len(self.notes)
        assert {note["version"] for note in listed} == {self.versions[note_id] for note_id in self.notes}

    @rule(limit=st.integers(1, 5))
    def the_replica_agrees(self, limit):
        """A client that pulls from where it left off has all there is."""
        has_more, positions = True, []
        while has_more:
            since = {"since": self.cursor} if self.cursor else {}
            answer = self.client.get("/changes", {"limit": limit, **since}).json()
            positions += [self.take_change(change) for change in answer["changes"]]
            self.cursor, has_more = answer["next"], answer["has_more"]
        assert [later for earlier, later in pairwise(positions) if later <= earlier] == []
        assert {note_id: value for note_id, (op, value) in self.replica.items() if op == "upsert"} == self.notes
        assert {note_id: value for note_id, (op, value) in self.replica.items() if op == "trash"} == self.trash
        assert {note_id for note_id, (op, _) in self.replica.items() if op == "delete"} == self.gone

    def take_change(self, change):
        note = change.get("note", change)
        self.replica[note["id"]] = (change["op"], shown(note) if "note" in change else None)
        assert note["version"] == self.versions[note["id"]]
        return note["version"], note["id"]

    @precondition(lambda machine: machine.gone)
    @rule()
    def what_is_purged_stays_gone(self):
        note_id = min(self.gone)
        paths = [f"/notes/{note_id}", f"/trash/{note_id}", f"/notes/{note_id}/revisions"]
        assert [self.client.get(path).status_code for path in paths] == [404, 404, 404]


def shown(note):
    return {"title": note["title"], "content": note["content"]}


def test_an_account_is_what_its_plain_model_says():
    run_state_machine_as_test(
        Account,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
