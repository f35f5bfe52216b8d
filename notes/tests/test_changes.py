"""GET /changes: everything that changed since the cursor."""

import pytest

from accounts.models import tick
from conftest import START
from notes.models import Note
from notes.tests.factories import make_note, make_trashed
from notes.tests.feeds import changed_titles, changes_in, pages, pull

MEBIBYTE = 1_048_576


def make_many(owner, count):
    """Create `count` notes in one tick."""
    moment = {"created_at": START, "updated_at": START}
    with tick(owner.pk) as now:
        notes = [Note(owner=owner, title=str(number), version=now.version, **moment) for number in range(count)]
        Note.objects.bulk_create(notes)


def test_a_new_note_is_an_upsert(phone):
    note = phone.post("/notes", {"title": "Milk", "content": "two litres\n"}).json()

    answer = pull(phone)

    assert answer["changes"] == [{"op": "upsert", "note": note}]
    assert answer["next"] == answer["next_cursor"]
    assert answer["has_more"] is False


def test_a_deleted_note_is_trash(phone, alice):
    note = make_trashed(owner=alice)

    assert pull(phone)["changes"] == [{"op": "trash", "note": phone.get(f"/trash/{note.pk}").json()}]


def test_a_purged_note_is_a_deletion_without_text(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_trashed(owner=alice)
    note.purge()

    assert pull(as_user(alice))["changes"] == [
        {"op": "delete", "id": str(note.pk), "version": 3, "deleted_at": START, "changed_by": None},
    ]


def test_a_restored_note_is_an_upsert_again(phone, alice):
    note = make_trashed(owner=alice)
    since = pull(phone)["next"]
    note.restore()

    assert pull(phone, since)["changes"] == [{"op": "upsert", "note": phone.get(f"/notes/{note.pk}").json()}]


def test_a_note_is_in_the_feed_once_in_its_latest_state(phone, alice):
    note = make_note(owner=alice, title="Milk")
    make_note(owner=alice, title="Bread")
    phone.patch(f"/notes/{note.pk}", {"title": "Jam"})

    assert changed_titles(pull(phone)) == ["Bread", "Jam"]


def test_archived_notes_are_in_the_feed(phone, alice):
    make_note(owner=alice, is_archived=True)

    assert changed_titles(pull(phone)) == ["Milk"]


def test_after_the_last_change_the_feed_is_empty(phone, alice):
    make_note(owner=alice)
    since = pull(phone)["next"]

    answer = pull(phone, since)

    assert answer == {"changes": [], "next": since, "next_cursor": since, "has_more": False}


def test_a_cursor_can_be_used_again(phone, alice):
    make_note(owner=alice, title="Milk")
    since = pull(phone)["next"]
    make_note(owner=alice, title="Bread")

    assert pull(phone, since) == pull(phone, since)
    assert changed_titles(pull(phone, since)) == ["Bread"]


def test_an_account_without_notes_gets_a_cursor(phone, alice):
    since = pull(phone)["next"]
    make_note(owner=alice)

    assert changed_titles(pull(phone, since)) == ["Milk"]


def test_since_now_returns_only_a_cursor(phone, alice):
    make_note(owner=alice, title="Milk")

    answer = pull(phone, "now")

    make_note(owner=alice, title="Bread")
    assert (answer["changes"], answer["has_more"]) == ([], False)
    assert changed_titles(pull(phone, answer["next"])) == ["Bread"]


def test_deleting_a_revision_moves_the_cursor_without_a_change(phone, alice):
    note = make_note(owner=alice)
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})
    since = pull(phone)["next"]
    phone.delete(f"/notes/{note.pk}/revisions/1")

    answer = pull(phone, since)

    assert answer["changes"] == []
    assert answer["next"] != since


@pytest.mark.parametrize("limit", [1, 2, 5, 500])
def test_pages_neither_skip_nor_repeat_a_change(phone, alice, limit):
    make_note(owner=alice, title="Milk")
    make_many(alice, 3)
    make_note(owner=alice, title="Bread")

    found = changes_in(pages(phone, limit=limit))

    versions = [change["note"]["version"] for change in found]
    assert len({change["note"]["id"] for change in found}) == len(found) == 5
    assert versions == sorted(versions)


def test_the_pages_of_one_tick_hold_all_its_300_notes(phone, alice):
    make_many(alice, 300)

    answers = pages(phone, limit=100)

    assert [len(answer["changes"]) for answer in answers] == [100, 100, 100]
    assert len({change["note"]["id"] for change in changes_in(answers)}) == 300


def test_a_note_that_changes_between_two_pages_comes_last(phone, alice):
    first, _ = make_note(owner=alice, title="Milk"), make_note(owner=alice, title="Bread")
    page = pull(phone, limit=1)
    phone.patch(f"/notes/{first.pk}", {"title": "Jam"})

    assert [changed_titles(page), *map(changed_titles, pages(phone, page["next"], limit=1))] == [
        ["Milk"],
        ["Bread"],
        ["Jam"],
    ]


def test_a_page_ends_once_it_holds_8_mebibytes(phone, alice):
    assert [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(9)]

    answers = pages(phone)

    assert [(len(answer["changes"]), answer["has_more"]) for answer in answers] == [(8, True), (1, False)]


def test_the_changes_of_others_are_not_in_the_feed(phone, bob):
    make_note(owner=bob)

    assert pull(phone)["changes"] == []


@pytest.mark.parametrize("count", [1, 10])
def test_a_page_of_changes_runs_three_queries_for_1_and_for_10_notes(phone, alice, count, django_assert_num_queries):
    assert [make_note(owner=alice) for _ in range(count)]

    with django_assert_num_queries(3):
        pull(phone)


def test_an_empty_page_of_changes_runs_two_queries(phone, alice, django_assert_num_queries):
    make_note(owner=alice)
    since = pull(phone)["next"]

    with django_assert_num_queries(2):
        pull(phone, since)


def test_an_invalid_parameter_is_rejected(phone):
    queries = ["limit=0", "limit=501", "limit=x", "since=now&since=now", "cursor=x", "since="]

    assert [phone.get(f"/changes?{query}").status_code for query in queries] == [400] * 6
