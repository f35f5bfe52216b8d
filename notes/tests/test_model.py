"""Random requests to one account: the API, a replica, and a plain model of the account agree."""

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

from accounts.authentication.tokens import AccessToken
from accounts.models import Session, User
from conftest import PASSWORD
from notes.tests.account_model import AccountModel
from notes_api.tests.product_client import ProductClient

ABSENT = {"If-None-Match": "*"}
SLOTS = st.integers(0, 3)
TEXTS = st.sampled_from(["", "a", "milk", "milk and eggs", "x" * 30])
NOTES = st.fixed_dictionaries({"title": st.sampled_from(["Milk", "Bread"]), "content": TEXTS})
GUARDS = st.sampled_from([None, None, "right", "wrong"])


class Account(AccountModel, RuleBasedStateMachine):
    """Sends requests, and compares the responses with the model."""

    @initialize()
    def open(self):
        self.user = User.objects.create_user(f"{uuid4().hex}@example.com", PASSWORD)
        self.client = ProductClient()
        session = Session.objects.create(user=self.user)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")
        self.expect_nothing()
        self.replica, self.cursor = {}, None

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

    @rule(slots=st.lists(SLOTS, min_size=1, max_size=4), text=st.sampled_from(["", "!"]), is_atomic=st.booleans())
    def batch(self, slots, text, is_atomic):
        """Append to some notes, and delete the last of them."""
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

    @rule(slot=SLOTS, is_restored=st.booleans())
    def use_revision(self, slot, is_restored):
        """Restore the newest revision, or delete it."""
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
        call_command("purge", "--trust-clock", stdout=StringIO())

    def read_list(self, path):
        page = self.client.get(path).json()
        return page["results"] + (self.read_list(page["next"]) if page["next"] else [])

    @invariant()
    def the_clock_agrees(self):
        self.user.clock.refresh_from_db()
        assert self.user.clock.value == self.clock

    @rule(limit=st.integers(1, 5))
    def the_lists_agree(self, limit):
        listed, trashed = self.read_list(f"/notes?limit={limit}"), self.read_list(f"/trash?limit={limit}")
        assert {note["id"]: shown(note) for note in listed} == self.notes
        assert {note["id"]: shown(note) for note in trashed} == self.trash
        assert len(listed) == len(self.notes)
        assert {note["version"] for note in listed} == {self.versions[note_id] for note_id in self.notes}

    @rule(limit=st.integers(1, 5))
    def the_replica_agrees(self, limit):
        """A client that continues from its cursor has every note."""
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


def test_an_account_and_a_replica_agree_with_a_plain_model():
    run_state_machine_as_test(
        Account,
        settings=settings(max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
