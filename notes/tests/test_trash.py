"""What was deleted: listed, read, brought back with all it had, or purged."""

import pytest

from notes.models import Note, Revision
from notes.tests.lists import titles, walk
from notes.tests.making import clock_of, make_note, make_trashed

START = "2026-01-05T09:00:00Z"
LATER = "2026-01-07T08:00:00Z"
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
OWN_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
ON_ONE = [("GET", ""), ("POST", "/restore"), ("DELETE", "")]


def state_of(note):
    return Note.objects.filter(pk=note.pk).values().get()


@pytest.fixture
def note(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres\n")


@pytest.fixture
def three(alice, time_machine):
    """Milk, Bread and Jam, trashed an hour apart."""
    time_machine.move_to(START, tick=False)
    make_trashed(owner=alice, title="Milk")
    time_machine.shift(3600)
    make_trashed(owner=alice, title="Bread")
    time_machine.shift(3600)
    make_trashed(owner=alice, title="Jam")


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
        "trashed_at": LATER,
    }


def test_the_trash_shows_whole_notes(as_user, alice, note):
    client = as_user(alice)

    response = client.get("/trash")

    assert response.json() == {"results": [client.get(f"/trash/{note.pk}").json()], "next": None}


def test_without_deleted_notes_the_trash_is_empty(as_user, alice):
    make_note(owner=alice)

    assert titles(as_user(alice).get("/trash")) == []


def test_the_last_deleted_comes_first(as_user, alice, three):
    assert titles(as_user(alice).get("/trash")) == ["Jam", "Bread", "Milk"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_pages_of_the_trash_join_without_a_seam(as_user, alice, three, limit):
    assert walk(as_user(alice), f"/trash?limit={limit}") == ["Jam", "Bread", "Milk"]


def test_notes_deleted_in_the_same_moment_all_appear_on_pages(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    make_trashed(owner=alice, title="Milk")
    make_trashed(owner=alice, title="Bread")

    assert sorted(walk(as_user(alice), "/trash?limit=1")) == ["Bread", "Milk"]


def test_a_cursor_of_the_list_is_none_of_the_trash(as_user, alice, three):
    make_note(owner=alice)
    make_note(owner=alice)
    client = as_user(alice)
    following = client.get("/notes?limit=1").json()["next"]

    response = client.get(following.replace("/notes", "/trash"))

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("query", ["ordering=title", "is_pinned=true", "q=milk", "limit=0", "limit=101"])
def test_the_trash_takes_only_limit_and_cursor(as_user, alice, query):
    assert as_user(alice).get(f"/trash?{query}").status_code == 400


@pytest.mark.parametrize("others", [0, 9])
def test_the_trash_takes_two_queries(as_user, alice, note, others, django_assert_num_queries):
    assert len([make_trashed(owner=alice) for _ in range(others)]) == others
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/trash")

    assert len(response.json()["results"]) == 1 + others


def test_a_restored_note_has_all_it_had(as_user, alice):
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


def test_a_restored_note_is_in_the_trash_no_more(as_user, alice, note):
    client = as_user(alice)

    client.post(f"/trash/{note.pk}/restore")

    assert titles(client.get("/trash")) == []
    assert client.get(f"/trash/{note.pk}").status_code == 404


def test_deleting_and_restoring_leave_the_time_of_the_text(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice)
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.post(f"/trash/{note.pk}/restore").json()["updated_at"] == START


def test_a_purged_note_leaves_nothing_but_its_number(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    note = make_note(owner=alice, title="Milk", content="two litres\n", is_pinned=True, by=client.session_row.pk)
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


def test_emptying_an_empty_trash_moves_nothing(as_user, alice, note):
    client = as_user(alice)
    client.delete("/trash")

    response = client.delete("/trash")

    assert response.status_code == 204
    assert clock_of(alice) == 3


def test_emptying_the_trash_leaves_that_of_others(as_user, bob, note):
    as_user(bob).delete("/trash")

    assert state_of(note)["title"] == "Milk"
    assert clock_of(bob) == 0


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_note_that_was_not_deleted_is_not_in_the_trash(as_user, alice, method, verb):
    note = make_note(owner=alice)
    before = state_of(note)

    assert as_user(alice).generic(method, f"/trash/{note.pk}{verb}").status_code == 404
    assert (state_of(note), clock_of(alice)) == (before, 1)


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_purged_note_is_gone_for_good(as_user, alice, note, method, verb):
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


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("is_purged", [False, True])
def test_a_deleted_note_is_not_at_its_old_address(as_user, alice, note, method, is_purged):
    client = as_user(alice)
    assert not is_purged or client.delete(f"/trash/{note.pk}").status_code == 204
    before = state_of(note)

    response = client.generic(method, f"/notes/{note.pk}", '{"title": "Bread"}', content_type="application/json")

    assert response.status_code == 404
    assert state_of(note) == before


@pytest.mark.parametrize(
    ("verb", "body"), [("append", {"text": "x"}), ("edit", {"edits": [{"old": "two", "new": "three"}]})]
)
def test_a_deleted_note_takes_no_text(as_user, alice, note, verb, body):
    assert as_user(alice).post(f"/notes/{note.pk}/{verb}", body).status_code == 404
    assert state_of(note)["content"] == "two litres\n"


def test_a_note_in_the_trash_is_not_created_again(as_user, alice):
    client = as_user(alice)
    client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})
    client.delete(f"/notes/{OWN_ID}")

    response = client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 412
    assert response.json()["current"] == client.get(f"/trash/{OWN_ID}").json()
    assert client.get(f"/notes/{OWN_ID}").status_code == 404


def test_a_purged_note_is_not_created_again(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})
    client.delete(f"/notes/{OWN_ID}")
    client.delete(f"/trash/{OWN_ID}")

    response = client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 412
    assert response.json()["current"] == {"id": OWN_ID, "version": 3, "deleted_at": START}


def test_the_bare_content_of_a_deleted_note_can_be_read(as_user, alice, note):
    response = as_user(alice).get(f"/trash/{note.pk}", headers={"Accept": "text/markdown"})

    assert response.content == b"two litres\n"
    assert response.headers["ETag"] == '"2.md"'
