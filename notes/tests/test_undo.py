"""Undoing what an API token has changed."""

import json
from uuid import uuid4

import pytest

from conftest import START
from notes.models import Note, Revision
from notes.tests.authors import author_of
from notes.tests.imports import line, sender
from notes.tests.undos import LATER, MILK, agent, batch, note, phone, skipped, state, undo, undone

__all__ = ["agent", "note", "phone"]

CHANGES = {
    "a new text": lambda agent, note: agent.patch(f"/notes/{note}", {"title": "Bread", "content": ""}),
    "many texts": lambda agent, note: [agent.post(f"/notes/{note}/append", {"text": f"{n}"}) for n in range(5)],
    "flags": lambda agent, note: agent.patch(f"/notes/{note}", {"is_pinned": False, "is_archived": True}),
    "tags": lambda agent, note: agent.patch("/tags/home", {"name": "shop"}),
    "no tag": lambda agent, note: agent.delete("/tags/home"),
    "to the trash": lambda agent, note: agent.delete(f"/notes/{note}"),
    "a batch": lambda agent, note: batch(
        agent,
        {"op": "update", "id": note, "note": {"is_pinned": False}},
        {"op": "append", "id": note, "text": "!"},
        {"op": "delete", "id": note},
    ),
    "all": lambda agent, note: [
        agent.patch(f"/notes/{note}", {"is_archived": True}),
        agent.patch("/tags/home", {"name": "shop"}),
        agent.put(f"/notes/{note}", {"title": "Bread"}),
        agent.delete(f"/notes/{note}"),
    ],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_note_is_put_back(phone, agent, note, change):
    CHANGES[change](agent, note)

    assert undo(phone, agent) == undone(note)
    assert state(phone, note) == MILK
    assert phone.get("/tags").json()["results"] == [{"name": "home", "count": 1}]
    assert phone.get(f"/notes/{note}").json()["changed_by"] == author_of(phone)


def test_what_is_replaced_becomes_a_revision(phone, agent, note):
    agent.patch(f"/notes/{note}", {"content": "three\n"})

    undo(phone, agent)

    assert [text.content for text in Revision.objects.order_by("version")] == ["one\ntwo\n", "three\n"]


def test_a_note_that_the_token_created_moves_to_the_trash(phone, agent, note):
    created = agent.post("/notes", {"title": "Bread"}).json()["id"]
    agent.patch(f"/notes/{created}", {"title": "Jam"})
    agent.patch(f"/notes/{created}", {"is_pinned": True})

    assert undo(phone, agent) == undone(created)
    assert [found["id"] for found in phone.get("/trash").json()["results"]] == [created]


def test_a_note_that_the_token_restored_moves_to_the_trash_again(phone, agent, note, time_machine):
    phone.delete(f"/notes/{note}")
    time_machine.shift(1)
    agent.post(f"/trash/{note}/restore")

    assert undo(phone, agent) == undone(note)
    assert phone.get(f"/trash/{note}").json()["trashed_at"] == "2026-01-05T09:01:01Z"


OLD = {"created_at": "2001-01-01T00:00:00Z", "updated_at": "2002-01-01T00:00:00Z"}
EARLIER = {"kind": "revision", "title": "Tea", "content": "", "tags": [], "written_at": OLD["created_at"]}
AFTER_IMPORT = {
    "nothing": lambda agent, note: None,
    "a flag": lambda agent, note: agent.patch(f"/notes/{note}", {"is_pinned": True}),
    "texts": lambda agent, note: [agent.patch(f"/notes/{note}", {"title": title}) for title in ("Jam", "Bread")],
}


@pytest.mark.parametrize("has_earlier_text", [False, True])
@pytest.mark.parametrize("change", AFTER_IMPORT)
def test_a_note_that_the_token_imported_moves_to_the_trash(phone, agent, note, change, has_earlier_text):
    new = str(uuid4())
    earlier = json.dumps({**EARLIER, "note_id": new, "kept_at": LATER}) if has_earlier_text else ""
    sender(agent)((line(id=new, **OLD) + earlier).encode())
    AFTER_IMPORT[change](agent, new)

    assert undo(phone, agent) == undone(new)
    assert [found["id"] for found in phone.get("/trash").json()["results"]] == [new]


def test_a_note_that_the_token_imported_before_stays(phone, agent, note, time_machine):
    new = str(uuid4())
    sender(agent)(line(id=new, **OLD).encode())
    time_machine.shift(60)
    agent.patch(f"/notes/{new}", {"is_pinned": True})

    assert undo(phone, agent, since="2026-01-05T09:01:30Z") == skipped(new, "not_kept")


def test_what_somebody_else_imported_is_not_taken_for_a_note_of_the_token(phone, agent, note, time_machine):
    new = str(uuid4())
    sender(phone)(line(id=new, **OLD).encode())
    time_machine.shift(60)
    agent.patch(f"/notes/{new}", {"title": "Jam"})
    Revision.objects.all().delete()

    assert undo(phone, agent) == skipped(new, "not_kept")


@pytest.mark.parametrize("change", [{"content": "three"}, {"is_pinned": False}])
def test_a_note_that_somebody_else_has_changed_since_stays(phone, agent, note, change, by_token, alice):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    phone.patch(f"/notes/{note}", change)

    assert undo(phone, agent) == skipped(note, "changed_by_others")
    assert state(phone, note) == {**MILK, "title": "Bread", **change}


@pytest.mark.parametrize("change", [{"content": "three"}, {"is_pinned": False}])
def test_a_note_that_somebody_else_has_changed_in_between_stays(phone, agent, note, change):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    phone.patch(f"/notes/{note}", change)
    agent.patch(f"/notes/{note}", {"title": "Jam"})

    assert undo(phone, agent) == skipped(note, "changed_by_others")


def test_another_token_counts_as_another_author(phone, agent, note, by_token, alice):
    other = by_token(alice, "notes:write")
    agent.patch(f"/notes/{note}", {"is_pinned": False})
    other.patch(f"/notes/{note}", {"is_archived": True})

    assert undo(phone, agent) == skipped(note, "changed_by_others")
    assert undo(phone, other) == undone(note)
    assert state(phone, note) == {**MILK, "is_pinned": False}


def test_a_note_that_is_as_before_needs_no_undo(phone, agent, note):
    agent.patch(f"/notes/{note}", {"is_pinned": False})
    phone.patch(f"/notes/{note}", {"is_pinned": True})

    assert undo(phone, agent) == undone()


def test_what_the_token_changed_before_stays(phone, agent, note, time_machine):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    time_machine.shift(600)
    agent.patch(f"/notes/{note}", {"title": "Jam"})

    assert undo(phone, agent, since="2026-01-05T09:05:00Z") == undone(note)
    assert state(phone, note) == {**MILK, "title": "Bread"}


def test_a_state_in_the_middle_of_many_small_changes_is_not_known(phone, agent, note, time_machine):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    time_machine.shift(60)
    agent.patch(f"/notes/{note}", {"title": "Jam"})

    assert undo(phone, agent, since="2026-01-05T09:01:30Z") == skipped(note, "not_kept")
    assert undo(phone, agent, since=LATER) == undone(note)


def test_a_purged_note_is_reported(phone, agent, note):
    agent.delete(f"/notes/{note}")
    agent.delete("/trash")

    assert undo(phone, agent) == skipped(note, "purged")


@pytest.mark.parametrize("since", [LATER, START])
def test_a_state_that_was_deleted_is_not_known(phone, agent, note, since):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    agent.delete(f"/notes/{note}/revisions/1")

    assert undo(phone, agent, since=since) == skipped(note, "not_kept")


def test_a_note_of_somebody_else_is_not_taken_for_one_that_the_token_created(phone, agent, note):
    new = phone.post("/notes", {"title": "Jam"}).json()["id"]
    agent.patch(f"/notes/{new}", {"is_pinned": True})
    phone.delete(f"/notes/{new}/revisions/2")

    assert undo(phone, agent) == skipped(new, "not_kept")


def test_a_state_of_an_earlier_release_is_not_known(phone, agent, note):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    Revision.objects.update(is_pinned=None)

    assert undo(phone, agent) == skipped(note, "not_kept")


def test_undoing_twice_changes_nothing(phone, agent, note):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    agent.post("/notes", {"title": "Jam"})
    undo(phone, agent)
    before = phone.get("/changes").json()

    assert undo(phone, agent) == undone()
    assert phone.get("/changes").json() == before


def test_other_notes_stay(phone, agent, note, as_user, bob):
    phone.patch(f"/notes/{note}", {"title": "Bread"})
    before = phone.get("/changes").json()

    assert undo(phone, agent) == undone()
    assert phone.get("/changes").json() == before


def test_a_revoked_token_is_undone(phone, agent, note):
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    phone.delete(f"/tokens/{agent.token_row.pk}")

    assert undo(phone, agent) == undone(note)


def test_another_users_token_is_not_found(agent, note, as_user, mallory):
    agent.patch(f"/notes/{note}", {"title": "Bread"})

    response = as_user(mallory).post(f"/tokens/{agent.token_row.pk}/undo", {"since": LATER})

    assert response.status_code == 404
    assert Note.objects.get().title == "Bread"
