"""Earlier texts of a note: listed, read, restored and deleted."""

import pytest

from conftest import NOWHERE, START
from notes.models import Note, Revision
from notes.tests.authors import author_of
from notes.tests.factories import clock_of, make_note
from notes.tests.revisions import kept, note, phone, write, write_often

__all__ = ["note", "phone"]

ON_ONE = [("GET", ""), ("POST", "/restore"), ("DELETE", "")]
UNKNOWN_VERSIONS = ["2", "0", "99", "9" * 30, "9" * 5000, "x", "-1", "1.0"]


def test_revisions_are_listed_newest_first_without_content(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(300)
    write(phone, note, "three")

    response = phone.get(f"/notes/{note.pk}/revisions")

    author = {"written_by": str(phone.session_row.pk), "changed_by": author_of(phone)}
    second = {"version": 2, "title": "Milk", "tags": [], "written_at": START, **author}
    first = {"version": 1, "title": "Milk", "tags": [], "written_at": START, **author}
    assert response.status_code == 200
    assert response.json() == {
        "results": [{**second, "kept_at": "2026-01-05T09:05:00Z"}, {**first, "kept_at": START}],
        "next": None,
        "next_cursor": None,
    }


def test_pages_neither_skip_nor_repeat_a_revision(phone, note):
    write_often(phone, note, 3)

    page = phone.get(f"/notes/{note.pk}/revisions?limit=2").json()
    rest = phone.get(page["next"]).json()

    assert [revision["version"] for revision in page["results"] + rest["results"]] == [3, 2, 1]
    assert rest["next"] is None


@pytest.mark.parametrize("count", [1, 10])
def test_listing_revisions_runs_three_queries_for_1_and_for_10(phone, note, count, django_assert_num_queries):
    write_often(phone, note, count)

    with django_assert_num_queries(3):
        phone.get(f"/notes/{note.pk}/revisions")


def test_a_revision_is_read_with_its_content(phone, note):
    write(phone, note, "two")

    response = phone.get(f"/notes/{note.pk}/revisions/1")

    assert response.status_code == 200
    assert response.json() == {
        "version": 1,
        "title": "Milk",
        "content": "one",
        "tags": [],
        "written_at": START,
        "written_by": str(phone.session_row.pk),
        "changed_by": author_of(phone),
        "kept_at": START,
    }


def test_the_current_text_is_not_a_revision(phone, note):
    write(phone, note, "two")

    assert phone.get(f"/notes/{note.pk}/revisions/2").status_code == 404


def test_restoring_a_revision_creates_a_new_version(phone, note, time_machine):
    phone.patch(f"/notes/{note.pk}", {"title": "Bread", "content": "two", "is_pinned": True})
    time_machine.shift(60)

    response = phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"3"'
    assert response.json().items() >= {"title": "Milk", "content": "one", "is_pinned": True, "version": 3}.items()
    assert response.json()["updated_at"] == "2026-01-05T09:01:00Z"
    assert phone.get(f"/notes/{note.pk}").json() == response.json()


def test_restoring_a_revision_keeps_the_text_it_replaces(phone, note):
    write(phone, note, "two")

    phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert kept(note) == ["two", "one"]


def test_restoring_the_current_text_changes_nothing(phone, note):
    write(phone, note, "two")
    write(phone, note, "one")

    response = phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert response.status_code == 200
    assert response.json()["version"] == clock_of(note.owner) == 3


def test_deleting_a_revision_removes_it(phone, note):
    write(phone, note, "two")

    response = phone.delete(f"/notes/{note.pk}/revisions/1")

    assert response.status_code == 204
    assert response.content == b""
    assert kept(note) == []


def test_deleting_a_revision_moves_the_clock_but_not_the_version_of_the_note(phone, note):
    version = write(phone, note, "two").json()["version"]

    phone.delete(f"/notes/{note.pk}/revisions/1")

    assert phone.get(f"/notes/{note.pk}").json()["version"] == version == 2
    assert clock_of(note.owner) == 3


def test_a_revision_is_deleted_only_once(alice, phone, note):
    write(phone, note, "two")
    seen = Revision.objects.get()
    phone.delete(f"/notes/{note.pk}/revisions/1")

    with pytest.raises(Revision.DoesNotExist):
        seen.delete_and_tick(alice.pk)

    assert clock_of(alice) == 3


def test_a_revision_deleted_in_the_meantime_is_not_restored(alice, phone, note):
    write(phone, note, "two")
    seen = Note.objects.get()
    phone.delete(f"/notes/{note.pk}/revisions/1")

    with pytest.raises(Revision.DoesNotExist):
        seen.restore_revision(1)

    assert Note.objects.get().content == "two"
    assert clock_of(alice) == 3


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_an_unknown_revision_returns_404(phone, note, method, verb):
    write(phone, note, "two")
    paths = [f"/notes/{note.pk}/revisions/{version}{verb}" for version in UNKNOWN_VERSIONS]

    assert [phone.generic(method, path).status_code for path in paths] == [404] * len(paths)
    assert clock_of(note.owner) == 2


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_revision_of_another_note_returns_404(alice, phone, note, method, verb):
    write(phone, note, "two")
    other = make_note(owner=alice, title="Bread")

    assert phone.generic(method, f"/notes/{other.pk}/revisions/1{verb}").status_code == 404


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), *[(method, f"/1{verb}") for method, verb in ON_ONE]])
def test_a_stranger_cannot_tell_that_a_note_has_revisions(as_user, mallory, phone, note, method, verb):
    write(phone, note, "two")
    client = as_user(mallory)

    existing = client.generic(method, f"/notes/{note.pk}/revisions{verb}", headers={"X-Request-ID": "same"})
    missing = client.generic(method, f"/notes/{NOWHERE}/revisions{verb}", headers={"X-Request-ID": "same"})

    assert existing.status_code == 404
    assert (existing.content, existing.headers) == (missing.content, missing.headers)
    assert kept(note) == ["one"]


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), *[(method, f"/1{verb}") for method, verb in ON_ONE]])
def test_the_revisions_of_a_trashed_note_return_404_and_are_kept(phone, note, method, verb):
    write(phone, note, "two")
    phone.delete(f"/notes/{note.pk}")

    assert phone.generic(method, f"/notes/{note.pk}/revisions{verb}").status_code == 404
    assert kept(note) == ["one"]
