"""The trash: deleted notes are listed and read."""

import pytest

from conftest import NOWHERE, START
from notes.tests.authors import author_of
from notes.tests.factories import clock_of, make_note, make_trashed
from notes.tests.lists import titles, walk
from notes.tests.trashed_notes import LATER, note, state_of, three

__all__ = ["note", "three"]

ON_ONE = [("GET", ""), ("POST", "/restore"), ("DELETE", "")]


def test_a_deleted_note_is_in_the_trash_as_it_was(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, title="Milk", content="two litres\n", is_pinned=True, is_archived=True)
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    response = client.get(f"/trash/{note.pk}")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json() == {
        "id": str(note.pk),
        "owner_id": str(alice.pk),
        "title": "Milk",
        "content": "two litres\n",
        "tags": [],
        "is_pinned": True,
        "is_archived": True,
        "version": 2,
        "created_at": START,
        "updated_at": START,
        "changed_by": author_of(client),
        "trashed_at": LATER,
    }


def test_the_trash_shows_whole_notes(as_user, alice, note):
    client = as_user(alice)

    response = client.get("/trash")

    assert response.json() == {"results": [client.get(f"/trash/{note.pk}").json()], "next": None, "next_cursor": None}


def test_without_deleted_notes_the_trash_is_empty(as_user, alice):
    make_note(owner=alice)

    assert titles(as_user(alice).get("/trash")) == []


def test_the_note_deleted_last_comes_first(as_user, alice, three):
    assert titles(as_user(alice).get("/trash")) == ["Jam", "Bread", "Milk"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_neither_skip_nor_repeat_a_deleted_note(as_user, alice, three, limit):
    assert walk(as_user(alice), f"/trash?limit={limit}") == ["Jam", "Bread", "Milk"]


def test_notes_deleted_at_the_same_moment_all_appear_on_pages(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    make_trashed(owner=alice, title="Milk")
    make_trashed(owner=alice, title="Bread")

    assert sorted(walk(as_user(alice), "/trash?limit=1")) == ["Bread", "Milk"]


def test_a_cursor_of_the_list_is_rejected_by_the_trash(as_user, alice, three):
    make_note(owner=alice)
    make_note(owner=alice)
    client = as_user(alice)
    following = client.get("/notes?limit=1").json()["next"]

    response = client.get(following.replace("/notes", "/trash"))

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


def test_the_trash_takes_only_limit_and_cursor(as_user, alice):
    client = as_user(alice)
    queries = ["ordering=title", "is_pinned=true", "q=milk", "limit=0", "limit=101"]

    assert [client.get(f"/trash?{query}").status_code for query in queries] == [400] * 5


@pytest.mark.parametrize("others", [0, 9])
def test_the_trash_runs_two_queries_for_1_and_for_10_notes(as_user, alice, note, others, django_assert_num_queries):
    assert len([make_trashed(owner=alice) for _ in range(others)]) == others
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/trash")

    assert len(response.json()["results"]) == 1 + others


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_note_that_was_not_deleted_returns_404(as_user, alice, method, verb):
    note = make_note(owner=alice)
    before = state_of(note)

    assert as_user(alice).generic(method, f"/trash/{note.pk}{verb}").status_code == 404
    assert (state_of(note), clock_of(alice)) == (before, 1)


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_purged_note_returns_404(as_user, alice, note, method, verb):
    client = as_user(alice)
    client.delete(f"/trash/{note.pk}")
    before = state_of(note)

    assert client.generic(method, f"/trash/{note.pk}{verb}").status_code == 404
    assert (state_of(note), clock_of(alice)) == (before, 3)


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_stranger_cannot_tell_what_is_in_the_trash(as_user, mallory, note, method, verb):
    client = as_user(mallory)
    before = state_of(note)

    existing = client.generic(method, f"/trash/{note.pk}{verb}", headers={"X-Request-ID": "same"})
    missing = client.generic(method, f"/trash/{NOWHERE}{verb}", headers={"X-Request-ID": "same"})

    assert existing.status_code == 404
    assert (existing.content, existing.headers) == (missing.content, missing.headers)
    assert state_of(note) == before


def test_the_trash_of_others_is_not_listed(as_user, bob, note):
    assert titles(as_user(bob).get("/trash")) == []
