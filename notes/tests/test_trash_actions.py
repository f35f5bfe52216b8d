"""The trash: notes are restored or purged, and nothing else can be done with them."""

import pytest

from conftest import START
from notes.models import Note, Revision
from notes.tests.authors import author_of
from notes.tests.factories import clock_of, make_note
from notes.tests.lists import titles
from notes.tests.trashed_notes import LATER, note, state_of, three

__all__ = ["note", "three"]

OWN_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"


def test_restoring_a_note_keeps_all_its_values(as_user, alice):
    client = as_user(alice)
    note = make_note(owner=alice, title="Milk", content="two litres\n", is_pinned=True, is_archived=True)
    client.patch(f"/notes/{note.pk}", {"content": "three litres\n"})
    before = client.get(f"/notes/{note.pk}").json()
    revisions = client.get(f"/notes/{note.pk}/revisions").json()
    client.delete(f"/notes/{note.pk}")

    response = client.post(f"/trash/{note.pk}/restore")

    assert response.status_code == 200
    assert response.json() == {**before, "version": 4}
    assert response.headers["ETag"] == '"4"'
    assert client.get(f"/notes/{note.pk}").json() == response.json()
    assert client.get(f"/notes/{note.pk}/revisions").json() == revisions
    assert len(revisions["results"]) == 1


def test_a_restored_note_leaves_the_trash(as_user, alice, note):
    client = as_user(alice)

    client.post(f"/trash/{note.pk}/restore")

    assert titles(client.get("/trash")) == []
    assert client.get(f"/trash/{note.pk}").status_code == 404


def test_deleting_and_restoring_do_not_update_the_time(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice)
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.post(f"/trash/{note.pk}/restore").json()["updated_at"] == START


def test_purging_a_note_keeps_only_its_version(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    note = make_note(owner=alice, title="Milk", content="two litres\n", is_pinned=True, by=client.session_row)
    client.patch(f"/notes/{note.pk}", {"content": "three litres\n"})
    client.delete(f"/notes/{note.pk}")

    response = client.delete(f"/trash/{note.pk}")

    left = state_of(note)
    assert response.status_code == 204
    assert response.content == b""
    assert (left["title"], left["content"], left["is_pinned"], left["written_by"]) == ("", "", False, None)
    assert left["version"] == clock_of(alice) == 4
    assert left["purged_at"].isoformat() == "2026-01-05T09:00:00+00:00"
    assert not Revision.objects.exists()


def test_emptying_the_trash_purges_all_of_it_in_one_tick(as_user, alice, three):
    kept = make_note(owner=alice, title="Kept")

    response = as_user(alice).delete("/trash")

    assert response.status_code == 204
    assert set(Note.objects.exclude(purged_at=None).values_list("title", "version")) == {("", 8)}
    assert clock_of(alice) == 8
    assert state_of(kept)["title"] == "Kept"


def test_emptying_an_empty_trash_does_not_move_the_clock(as_user, alice, note):
    client = as_user(alice)
    client.delete("/trash")

    response = client.delete("/trash")

    assert response.status_code == 204
    assert clock_of(alice) == 3


def test_emptying_the_trash_keeps_the_trash_of_others(as_user, bob, note):
    as_user(bob).delete("/trash")

    assert state_of(note)["title"] == "Milk"
    assert clock_of(bob) == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("is_purged", [False, True])
def test_a_deleted_note_returns_404_at_its_old_address(as_user, alice, note, method, is_purged):
    client = as_user(alice)
    assert not is_purged or client.delete(f"/trash/{note.pk}").status_code == 204
    before = state_of(note)

    response = client.generic(method, f"/notes/{note.pk}", '{"title": "Bread"}', content_type="application/json")

    assert response.status_code == 404
    assert state_of(note) == before


@pytest.mark.parametrize(
    ("verb", "body"), [("append", {"text": "x"}), ("edit", {"edits": [{"old": "two", "new": "three"}]})]
)
def test_a_deleted_note_cannot_be_appended_to_or_edited(as_user, alice, note, verb, body):
    assert as_user(alice).post(f"/notes/{note.pk}/{verb}", body).status_code == 404
    assert state_of(note)["content"] == "two litres\n"


def test_creating_a_trashed_note_again_returns_412(as_user, alice):
    client = as_user(alice)
    client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})
    client.delete(f"/notes/{OWN_ID}")

    response = client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 412
    assert response.json()["current"] == client.get(f"/trash/{OWN_ID}").json()
    assert client.get(f"/notes/{OWN_ID}").status_code == 404


def test_creating_a_purged_note_again_returns_412(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})
    client.delete(f"/notes/{OWN_ID}")
    client.delete(f"/trash/{OWN_ID}")

    response = client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 412
    assert response.json()["current"] == {
        "id": OWN_ID,
        "version": 3,
        "deleted_at": START,
        "changed_by": author_of(client),
    }


def test_a_deleted_note_can_be_read_as_markdown(as_user, alice, note):
    response = as_user(alice).get(f"/trash/{note.pk}", headers={"Accept": "text/markdown"})

    assert response.content == b"two litres\n"
    assert response.headers["ETag"] == '"2.md"'
