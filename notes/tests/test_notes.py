"""Notes are created, read, replaced, changed and deleted."""

import json
import uuid

import pytest

from conftest import NOWHERE, START
from notes.models import Note
from notes.tests.authors import author_of
from notes.tests.factories import make_note
from notes_api.tests.responses import field_errors

LATER = "2026-01-06T18:02:11.480000Z"


def send(client, method, path, **options):
    return client.generic(method, path, '{"title": "Bread"}', content_type="application/json", **options)


def texts(note):
    note.refresh_from_db()
    return note.title, note.content


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\n")


def test_a_new_note_has_its_values_and_defaults(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)

    client = as_user(alice)

    response = client.post("/notes", {"title": "Groceries"})

    note = Note.objects.get()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/notes/{note.pk}"
    assert response.headers["ETag"] == '"1"'
    assert response.json() == {
        "id": str(note.pk),
        "owner_id": str(alice.pk),
        "title": "Groceries",
        "content": "",
        "tags": [],
        "is_pinned": False,
        "is_archived": False,
        "version": 1,
        "created_at": START,
        "updated_at": START,
        "changed_by": author_of(client),
    }


def test_a_new_note_can_have_every_value(as_user, alice):
    given = {"title": "Groceries", "content": "milk\n", "is_pinned": True, "is_archived": True}

    response = as_user(alice).post("/notes", given)

    assert response.json().items() >= given.items()


def test_the_id_of_a_new_note_is_a_uuid_of_version_7(as_user, alice):
    response = as_user(alice).post("/notes", {"title": "Milk"})

    assert uuid.UUID(response.json()["id"]).version == 7


def test_a_new_note_belongs_to_its_author(as_user, alice, bob):
    response = as_user(alice).post("/notes", {"title": "Milk", "owner_id": str(bob.pk)})

    assert response.json()["owner_id"] == str(alice.pk)


def test_a_note_is_read_as_it_was_created(as_user, alice):
    client = as_user(alice)
    made = client.post("/notes", {"title": "Milk", "content": "two litres\n"})

    response = client.get(made.headers["Location"])

    assert response.status_code == 200
    assert response.json() == made.json()
    assert response.headers["ETag"] == made.headers["ETag"]


def test_an_id_can_be_in_capitals(as_user, alice, note):
    assert as_user(alice).get(f"/notes/{str(note.pk).upper()}").status_code == 200


def test_a_post_with_an_id_is_rejected_and_points_to_put(as_user, alice):
    response = as_user(alice).post("/notes", {"title": "Milk", "id": NOWHERE})

    assert field_errors(response) == [("id", "read_only")]
    assert "PUT" in response.json()["errors"][0]["message"]
    assert not Note.objects.exists()


def test_replacing_a_note_replaces_everything(as_user, alice, note):
    given = {"title": "Bread", "content": "rye\n", "is_pinned": True, "is_archived": True}

    response = as_user(alice).put(f"/notes/{note.pk}", given)

    assert response.status_code == 200
    assert response.json().items() >= given.items()
    assert as_user(alice).get(f"/notes/{note.pk}").json() == response.json()


def test_replacing_a_note_resets_what_is_missing(as_user, alice):
    note = make_note(owner=alice, content="two litres\n", is_pinned=True, is_archived=True)

    response = as_user(alice).put(f"/notes/{note.pk}", {"title": "Milk"})

    assert response.json().items() >= {"content": "", "is_pinned": False, "is_archived": False}.items()


def test_replacing_a_note_needs_a_title(as_user, alice, note):
    assert field_errors(as_user(alice).put(f"/notes/{note.pk}", {"content": "rye"})) == [("title", "required")]


def test_a_note_can_be_read_changed_and_put_back(as_user, alice, note):
    client = as_user(alice)
    body = client.get(f"/notes/{note.pk}").json()

    response = client.put(f"/notes/{note.pk}", {**body, "title": "Bread"})

    assert response.status_code == 200
    assert response.json()["title"] == "Bread"


def test_read_only_members_are_ignored(as_user, alice, bob, note):
    client = as_user(alice)
    before = client.get(f"/notes/{note.pk}").json()
    given = {"id": NOWHERE, "owner_id": str(bob.pk), "version": 99, "created_at": LATER, "updated_at": LATER}

    response = client.put(f"/notes/{note.pk}", {**before, **given})

    assert response.json() == before


def test_patching_a_member_keeps_the_others(as_user, alice, note):
    response = as_user(alice).patch(f"/notes/{note.pk}", {"title": "Bread"})

    assert response.status_code == 200
    assert response.json().items() >= {"title": "Bread", "content": "two litres\n", "is_pinned": False}.items()


def test_a_merge_patch_changes_a_note(as_user, alice, note):
    body = json.dumps({"is_pinned": True})

    response = as_user(alice).patch(f"/notes/{note.pk}", body, content_type="application/merge-patch+json")

    assert response.json()["is_pinned"] is True


def test_a_merge_patch_is_only_for_patch(as_user, alice, note):
    body = json.dumps({"title": "Bread"})

    response = as_user(alice).put(f"/notes/{note.pk}", body, content_type="application/merge-patch+json")

    assert response.status_code == 415
    assert texts(note) == ("Milk", "two litres\n")


def test_a_deleted_note_returns_404(as_user, alice, note):
    client = as_user(alice)

    response = client.delete(f"/notes/{note.pk}")

    assert response.status_code == 204
    assert response.content == b""
    assert client.get(f"/notes/{note.pk}").status_code == 404
    assert client.get("/notes?is_archived=any").json()["results"] == []


def test_a_note_is_deleted_only_once(as_user, alice, note):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.delete(f"/notes/{note.pk}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_deleted_note_cannot_be_changed(as_user, alice, note, method):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert send(client, method, f"/notes/{note.pk}").status_code == 404


def test_deleting_a_note_keeps_the_others(as_user, alice, note):
    other = make_note(owner=alice, title="Bread")

    as_user(alice).delete(f"/notes/{note.pk}")

    assert as_user(alice).get(f"/notes/{other.pk}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_id_returns_404(as_user, alice, method):
    client = as_user(alice)
    ids = [NOWHERE, "1", "nonsense", "00000000-0000-0000-0000-000000000000", "%00", "a%2Fb"]

    assert [send(client, method, f"/notes/{note_id}").status_code for note_id in ids] == [404] * len(ids)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_stranger_cannot_tell_that_a_note_exists(as_user, note, mallory, method):
    client = as_user(mallory)
    named = {"X-Request-ID": "same"}

    existing = send(client, method, f"/notes/{note.pk}", headers=named)
    missing = send(client, method, f"/notes/{NOWHERE}", headers=named)

    assert existing.status_code == 404
    assert (existing.content, existing.headers) == (missing.content, missing.headers)
    assert texts(note) == ("Milk", "two litres\n")


def test_reading_a_note_runs_two_queries(as_user, alice, note, django_assert_num_queries):
    client = as_user(alice)

    with django_assert_num_queries(2):
        client.get(f"/notes/{note.pk}")


def test_options_return_the_types_that_a_patch_accepts(as_user, alice, note):
    response = as_user(alice).options(f"/notes/{note.pk}")

    assert response.headers["Accept-Patch"] == "application/json, application/merge-patch+json"


def test_a_patch_of_another_type_returns_415_with_the_types_it_accepts(as_user, alice, note):
    response = as_user(alice).patch(f"/notes/{note.pk}", "title: Bread", content_type="application/yaml")

    assert response.status_code == 415
    assert response.headers["Accept-Patch"] == "application/json, application/merge-patch+json"


def test_a_patch_without_a_body_is_malformed(as_user, alice, note):
    response = as_user(alice).generic("PATCH", f"/notes/{note.pk}", b"", content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] == "malformed"
