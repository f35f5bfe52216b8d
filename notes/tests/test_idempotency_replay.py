"""`Idempotency-Key`: which responses are replayed, and when they are deleted."""

import pytest

from notes.models import Note, StoredAnswer
from notes.tests.factories import clock_of, make_note

MILK = {"title": "Milk", "content": "two litres\n"}
APPEND = {"text": "eggs\n"}
EDIT = {"edits": [{"old": "two", "new": "three"}]}
BATCH = {"operations": [{"op": "create", "note": {"title": "Bread"}}]}


def post(client, path, body, key="one"):
    return client.post(path, body, headers={"Idempotency-Key": key})


def create(client, key="one"):
    return post(client, "/notes", MILK, key)


def test_an_append_is_done_once(phone, alice):
    note = make_note(owner=alice, content="milk\n")
    first = post(phone, f"/notes/{note.pk}/append", APPEND)

    again = post(phone, f"/notes/{note.pk}/append", APPEND)

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.get().content == "milk\neggs\n"
    assert clock_of(alice) == 2


def test_an_append_that_changes_nothing_is_stored_without_a_new_version(phone, alice):
    note = make_note(owner=alice)
    post(phone, f"/notes/{note.pk}/append", {"text": ""})

    response = post(phone, f"/notes/{note.pk}/append", {"text": ""})

    assert response.headers["Idempotency-Replayed"] == "true"
    assert clock_of(alice) == 1


def test_an_edit_is_done_once(phone, alice):
    note = make_note(owner=alice, content="two litres")
    first = post(phone, f"/notes/{note.pk}/edit", EDIT)

    assert post(phone, f"/notes/{note.pk}/edit", EDIT).json() == first.json()
    assert Note.objects.get().content == "three litres"


def test_a_batch_is_done_once(phone, alice):
    first = post(phone, "/notes/batch", BATCH)

    again = post(phone, "/notes/batch", BATCH)

    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1
    assert clock_of(alice) == 1


def test_a_replay_shows_the_note_as_it_was(phone):
    first = create(phone)
    phone.patch(first.headers["Location"], {"title": "Bread"})

    assert create(phone).content == first.content


def test_a_replay_does_not_restore_a_deleted_note(phone):
    first = create(phone)
    phone.delete(first.headers["Location"])

    assert create(phone).content == first.content
    assert phone.get(first.headers["Location"]).status_code == 404


@pytest.mark.parametrize("path", ["/trash", "/trash/{id}"])
def test_purging_a_note_deletes_the_stored_responses_that_hold_its_text(phone, path):
    note_id = create(phone).json()["id"]
    phone.delete(f"/notes/{note_id}")

    phone.delete(path.replace("{id}", note_id))

    assert not StoredAnswer.objects.exists()


def test_purging_a_note_deletes_the_stored_batch_that_shows_it(phone, alice):
    note = make_note(owner=alice, content="secret")
    stale = {"op": "update", "id": str(note.pk), "if_version": 9, "note": {"title": "Bread"}}
    response = post(phone, "/notes/batch", {"operations": [*BATCH["operations"], stale]})
    phone.delete(f"/notes/{note.pk}")

    phone.delete("/trash")

    assert response.json()["results"][1]["problem"]["current"]["content"] == "secret"
    assert not StoredAnswer.objects.exists()


def test_purging_a_note_keeps_the_stored_responses_about_others(phone):
    create(phone)
    other = create(phone, "two").headers["Location"]
    phone.delete(other)

    phone.delete("/trash")

    assert create(phone).headers["Idempotency-Replayed"] == "true"


def test_forgetting_a_revision_deletes_the_stored_responses_with_its_text(phone):
    note = create(phone).headers["Location"]
    phone.patch(note, {"content": "other"})
    post(phone, f"{note}/append", APPEND, key="two")

    assert phone.delete(f"{note}/revisions/1").status_code == 204

    assert not StoredAnswer.objects.exists()
    assert "Idempotency-Replayed" not in create(phone).headers


def test_forgetting_a_revision_keeps_the_stored_responses_of_other_notes(phone, alice):
    note = make_note(owner=alice)
    phone.patch(f"/notes/{note.pk}", {"content": "other"})
    create(phone)

    phone.delete(f"/notes/{note.pk}/revisions/1")

    assert create(phone).headers["Idempotency-Replayed"] == "true"
