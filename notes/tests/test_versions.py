"""What changes the version and the time of a note."""

import pytest

from conftest import START
from notes.tests.factories import clock_of, make_note

LATER = "2026-01-06T18:02:11.480000Z"


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk")


def test_every_change_takes_the_next_version_of_the_account(as_user, alice, note):
    client = as_user(alice)
    other = make_note(owner=alice, title="Bread")

    response = client.patch(f"/notes/{note.pk}", {"is_pinned": True})

    assert other.version == 2
    assert response.json()["version"] == 3


def test_each_account_has_its_own_versions(alice, bob, note):
    assert make_note(owner=bob).version == 1


def test_deleting_takes_a_version(as_user, alice, note):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.post("/notes", {"title": "Bread"}).json()["version"] == 3


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", "{}"),
        ("PATCH", '{"title": "Milk"}'),
        ("PATCH", '{"content": null, "is_pinned": false}'),
        ("PUT", '{"title": "Milk"}'),
        ("PUT", '{"title": "Milk", "content": "", "is_pinned": false, "is_archived": false}'),
    ],
)
def test_a_write_that_changes_nothing_keeps_version_and_time(as_user, alice, method, body, time_machine):
    time_machine.move_to(START)
    note = make_note(owner=alice, title="Milk")
    before = as_user(alice).get(f"/notes/{note.pk}").json()
    time_machine.move_to(LATER)

    response = as_user(alice).generic(method, f"/notes/{note.pk}", body, content_type="application/json")

    assert response.status_code == 200
    assert response.json() == before
    assert response.headers["ETag"] == '"1"'
    assert clock_of(alice) == 1


@pytest.mark.parametrize("body", [{"title": "Bread"}, {"content": "two litres"}, {"title": "Bread", "is_pinned": True}])
def test_a_new_text_updates_the_time(as_user, alice, body, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, title="Milk")
    client = as_user(alice)
    time_machine.move_to("2026-01-05T09:20:00Z", tick=False)

    response = client.patch(f"/notes/{note.pk}", body)

    assert (response.json()["created_at"], response.json()["updated_at"]) == (START, "2026-01-05T09:20:00Z")
    assert response.json()["version"] == 2


@pytest.mark.parametrize("body", [{"is_pinned": True}, {"is_archived": True}])
def test_pinning_or_archiving_changes_the_version_but_not_the_time(as_user, alice, body, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, title="Milk")
    client = as_user(alice)
    time_machine.move_to("2026-01-05T09:20:00Z", tick=False)

    response = client.patch(f"/notes/{note.pk}", body)

    assert response.json()["updated_at"] == START
    assert response.json()["version"] == 2


def test_times_have_microseconds(as_user, alice, time_machine):
    time_machine.move_to(LATER, tick=False)

    assert as_user(alice).post("/notes", {"title": "Milk"}).json()["created_at"] == LATER
