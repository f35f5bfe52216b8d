"""Which earlier texts of a note are kept as revisions."""

import pytest

from accounts.models import Clock
from notes.models import Note, Revision
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.models.revision import MAX_REVISION_BYTES, MAX_REVISIONS, certain_room
from notes.tests.revisions import kept, note, phone, write, write_often
from notes_api.rest.tag_names import MAX_TAG_LENGTH, MAX_TAGS

__all__ = ["note", "phone"]


def test_the_first_text_that_is_overwritten_is_kept(phone, note):
    write(phone, note, "two")

    assert kept(note) == ["one"]


def test_writes_within_five_minutes_keep_one_revision(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(299)
    write(phone, note, "three")

    assert kept(note) == ["one"]


def test_after_five_minutes_the_next_text_is_kept(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(300)
    write(phone, note, "three")

    assert kept(note) == ["two", "one"]


def test_five_minutes_count_from_the_last_text_that_was_kept(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(200)
    write(phone, note, "three")
    time_machine.shift(200)
    write(phone, note, "four!")

    assert kept(note) == ["three", "one"]


def test_a_text_that_another_session_overwrites_is_kept(as_user, alice, phone, note):
    laptop = as_user(alice)
    write(phone, note, "two")
    write(laptop, note, "three")

    assert kept(note) == ["two", "one"]


def test_a_text_that_the_same_session_overwrites_is_not_kept_again(as_user, alice, phone, note):
    laptop = as_user(alice)
    write(phone, note, "two")
    write(laptop, note, "three")
    write(laptop, note, "four!")

    assert kept(note) == ["two", "one"]


def test_a_text_is_kept_if_more_than_half_of_it_is_cut(phone, note):
    write(phone, note, "x" * 101)
    write(phone, note, "x" * 50)

    assert kept(note) == ["x" * 101, "one"]


def test_a_text_is_not_kept_if_half_of_it_is_cut(phone, note):
    write(phone, note, "x" * 100)
    write(phone, note, "x" * 50)

    assert kept(note) == ["one"]


def test_a_new_title_alone_keeps_the_old_one(phone, note):
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    assert Revision.objects.get().title == "Milk"


@pytest.mark.parametrize("body", [{"is_pinned": True}, {"is_archived": True}, {"title": "Milk", "content": "one"}])
def test_a_change_outside_the_text_keeps_no_revision(phone, note, body):
    phone.patch(f"/notes/{note.pk}", body)

    assert kept(note) == []


@pytest.mark.parametrize(
    ("verb", "body"), [("append", {"text": "!"}), ("edit", {"edits": [{"old": "one", "new": "two"}]})]
)
def test_append_and_edit_keep_the_text(phone, note, verb, body):
    phone.post(f"/notes/{note.pk}/{verb}", body)

    assert kept(note) == ["one"]


def test_the_newest_hundred_are_kept(phone, note):
    write_often(phone, note, 102)

    assert len(kept(note)) == 100
    assert kept(note)[0] == "text 100"
    assert kept(note)[-1] == "text 1"


def test_the_oldest_revisions_are_deleted_when_all_are_longer_than_the_limit(phone, note, monkeypatch):
    monkeypatch.setattr("notes.models.revision.MAX_REVISION_BYTES", 3 * len("Milk" + "text 0"))
    write_often(phone, note, 5)

    assert kept(note) == ["text 3", "text 2", "text 1"]


def test_the_newest_revision_is_kept_even_if_it_is_longer_than_the_limit(phone, note, monkeypatch):
    monkeypatch.setattr("notes.models.revision.MAX_REVISION_BYTES", 1)
    write_often(phone, note, 3)

    assert kept(note) == ["text 1"]


def test_a_quota_counts_what_the_limit_of_bytes_deletes(phone, note, alice, settings, monkeypatch):
    settings.MAX_BYTES_PER_USER = 10**6
    monkeypatch.setattr("notes.models.revision.MAX_REVISION_BYTES", 2 * len("Milk" + "text 0"))
    write_often(phone, note, 5)

    assert Clock.objects.get(user=alice).bytes_kept == 3 * len("Milk" + "text 0")


def test_revisions_with_certain_room_are_within_the_limits_however_long_they_are():
    longest = CONTENT_MAX_BYTES + 4 * Note._meta.get_field("title").max_length + 4 * MAX_TAGS * MAX_TAG_LENGTH

    assert certain_room() * longest <= MAX_REVISION_BYTES
    assert 0 < certain_room() <= MAX_REVISIONS
