"""The feed of a token that is limited to tags: a note that leaves the limit arrives as a deletion, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notes.models import Note
from notes.models.lost_tags import MAX_LOST, add_lost_tags
from notes.tests.factories import make_note, make_trashed
from notes.tests.feeds import changes_in, pages, pull


@pytest.fixture
def agent(by_token, alice):
    return by_token(alice, "notes:read", tags=["work", "team"])


@pytest.fixture
def work(alice):
    return make_note(owner=alice, title="Plan", content="x" * 20_000, tags=["work", "urgent"])


def remove_with_patch(phone, note):
    phone.patch(f"/notes/{note.pk}", {"tags": ["urgent"]})


def replace(phone, note):
    phone.put(f"/notes/{note.pk}", {"title": "Other"})


def rename(phone, note):
    phone.patch("/tags/work", {"name": "job"})


def remove_tag(phone, note):
    phone.delete("/tags/work")


def purge(phone, note):
    phone.delete(f"/notes/{note.pk}")
    phone.delete(f"/trash/{note.pk}")


def empty_trash(phone, note):
    phone.delete(f"/notes/{note.pk}")
    phone.delete("/trash")


def remove_in_a_batch(phone, note):
    operation = {"op": "update", "id": str(note.pk), "note": {"tags": []}}
    phone.post("/notes/batch", {"operations": [operation, operation | {"note": {"title": "Other"}}]})


LEAVING = [remove_with_patch, replace, rename, remove_tag, purge, empty_trash, remove_in_a_batch]


@pytest.mark.parametrize("leave", LEAVING)
def test_a_note_that_leaves_the_limit_arrives_as_a_deletion_once(agent, phone, alice, work, leave):
    page = pull(agent)
    assert [change["note"]["title"] for change in page["changes"]] == ["Plan"]

    leave(phone, work)
    gone = pull(agent, page["next"])
    phone.patch(f"/notes/{work.pk}", {"title": "Changed in secret"})
    phone.patch("/tags/urgent", {"name": "calm"})

    [change] = gone["changes"]
    assert (change["op"], change["id"]) == ("delete", str(work.pk))
    assert change.keys() == {"op", "id", "version", "deleted_at", "changed_by"}
    assert abs(timezone.now() - Note._meta.get_field("purged_at").to_python(change["deleted_at"])) < timedelta(hours=1)
    assert pull(agent, gone["next"])["changes"] == []
    # A client that was away meanwhile learns when the note left, and nothing of what followed.
    assert pull(agent, page["next"])["changes"] == [change]
    assert pull(agent, page["next"], fields="title")["changes"] == [change | {"changed_by": None}]


def test_an_earlier_text_without_the_tag_takes_the_note_away(agent, phone, alice):
    note = make_note(owner=alice, title="Plan")
    phone.patch(f"/notes/{note.pk}", {"tags": ["team"]})
    page = pull(agent)

    phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert [change["op"] for change in pull(agent, page["next"])["changes"]] == ["delete"]


def test_a_note_with_another_tag_of_the_limit_stays(agent, phone, alice):
    note = make_note(owner=alice, title="Plan", tags=["work", "team"])
    page = pull(agent)

    phone.patch(f"/notes/{note.pk}", {"tags": ["team"]})

    assert [change["op"] for change in pull(agent, page["next"])["changes"]] == ["upsert"]


def test_a_note_that_gets_the_tag_arrives_and_may_leave_and_come_back(agent, phone, alice):
    note, ops = make_note(owner=alice, title="Plan"), []
    page = pull(agent)

    for tags in (["work"], [], ["team"], []):
        phone.patch(f"/notes/{note.pk}", {"tags": tags})
        page = pull(agent, page["next"])
        ops += [change["op"] for change in page["changes"]]

    assert ops == ["upsert", "delete", "upsert", "delete"]


def test_a_note_that_never_had_a_tag_of_the_limit_never_shows_up(agent, phone, alice):
    for tags in ([], ["private"]):
        purge(phone, make_note(owner=alice, title="Diary", tags=tags))
        remove_with_patch(phone, make_note(owner=alice, title="Diary", tags=tags))
        make_trashed(owner=alice, title="Diary", tags=tags)

    page = pull(agent)

    assert (page["changes"], page["has_more"]) == ([], False)
    assert pull(agent, "now")["changes"] == []


def test_a_note_that_left_before_it_was_purged_is_deleted_once(agent, phone, alice, work):
    page = pull(agent)
    remove_with_patch(phone, work)
    gone = pull(agent, page["next"])

    purge(phone, work)

    assert pull(agent, gone["next"])["changes"] == []
    assert pull(agent, page["next"])["changes"] == gone["changes"]


def test_pages_lose_no_note_that_left_and_changed_later(agent, phone, alice):
    notes = [make_note(owner=alice, title=f"Plan {number}", tags=["work"]) for number in range(6)]
    page = pull(agent)
    for note in notes[::2]:
        remove_with_patch(phone, note)
    for note in reversed(notes):
        phone.patch(f"/notes/{note.pk}", {"title": "Later"})

    changes = changes_in(pages(agent, page["next"], limit=1))

    assert {change["id"] for change in changes if change["op"] == "delete"} == {str(note.pk) for note in notes[::2]}
    assert len(changes) == 6


def test_the_cursor_of_the_owner_shows_nothing_else(agent, phone, alice, work):
    for number in range(3):
        make_note(owner=alice, title=f"Diary {number}", tags=["private"])
    cursors = [page["next"] for page in pages(phone, limit=1)]

    assert [pull(agent, cursor)["changes"] for cursor in cursors] == [[]] * 4
    remove_with_patch(phone, work)
    assert {change["id"] for cursor in cursors for change in pull(agent, cursor)["changes"]} == {str(work.pk)}


def test_a_tombstone_keeps_no_name_of_a_tag(phone, alice, work):
    remove_with_patch(phone, work)
    purge(phone, work)

    [row] = Note.objects.values()

    assert "work" not in str(row)
    assert "urgent" not in str(row)


def test_a_note_remembers_the_newest_lost_tags_each_once():
    lost, now = None, timezone.now()
    for number in range(MAX_LOST + 10):
        lost = add_lost_tags(lost, [f"tag {number}", "again"], number, now)

    assert len(lost) == MAX_LOST
    assert [version for _, version, _ in lost][-2:] == [MAX_LOST + 9, MAX_LOST + 9]
    assert len({mark for mark, _, _ in lost}) == MAX_LOST
