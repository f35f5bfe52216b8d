"""Another write of the account commits after a request has read the note, and before it writes."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection

from accounts.flows.erasure import erase
from accounts.models import tick
from notes.models import Note, Revision, TagCount
from notes.models.revision import MAX_REVISIONS
from notes.tests.factories import clock_of, make_note
from notes.tests.interleaving import before_the_write, closing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def laptop(as_user, alice):
    return as_user(alice)


@pytest.fixture
def note(alice, phone):
    """Written on the phone, which is not worth a revision if the phone overwrites it soon."""
    note = make_note(owner=alice, title="Milk", content="one", tags=["shop"], by=phone.session_row)
    phone.patch(f"/notes/{note.pk}", {"content": "two"})
    return Note.objects.get(pk=note.pk)


def texts_of(note):
    return [
        Note.objects.get(pk=note.pk).content,
        *Revision.objects.of(note).order_by("-version").values_list("content", flat=True),
    ]


def counts_of(user):
    return dict(TagCount.objects.of_owner(user.pk).values_list("name", "notes"))


def test_the_last_write_wins_and_the_text_of_the_other_session_is_kept(phone, laptop, note):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"content": "laptop"})):
        response = phone.patch(f"/notes/{note.pk}", {"content": "phone"})

    assert (response.status_code, response.json()["content"], response.json()["version"]) == (
        200,
        "phone",
        note.version + 2,
    )
    assert texts_of(note) == ["phone", "laptop", "two", "one"]


def test_a_text_of_the_same_session_that_was_just_written_is_not_kept(phone, note):
    with before_the_write(lambda: phone.patch(f"/notes/{note.pk}", {"content": "three"})):
        phone.patch(f"/notes/{note.pk}", {"content": "four!"})

    assert texts_of(note) == ["four!", "one"]


def test_if_match_protects_the_other_write(phone, laptop, note):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"content": "laptop"})):
        response = phone.patch(f"/notes/{note.pk}", {"content": "phone"}, headers={"If-Match": f'"{note.version}"'})

    assert (response.status_code, response.json()["current"]["content"]) == (412, "laptop")
    assert texts_of(note)[0] == "laptop"


def test_both_of_two_appends_are_kept(phone, laptop, note):
    with before_the_write(lambda: laptop.post(f"/notes/{note.pk}/append", {"text": " laptop"})):
        response = phone.post(f"/notes/{note.pk}/append", {"text": " phone"})

    assert response.json()["content"] == texts_of(note)[0] == "two laptop phone"


def test_an_edit_of_a_passage_that_the_other_write_removed_is_a_conflict(phone, laptop, note):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"content": "laptop"})):
        response = phone.post(f"/notes/{note.pk}/edit", {"edits": [{"old": "two", "new": "three"}]})

    assert (response.status_code, texts_of(note)[0]) == (409, "laptop")


def test_a_write_of_what_the_other_has_just_written_changes_nothing(phone, laptop, note, alice):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"content": "same"})):
        response = phone.patch(f"/notes/{note.pk}", {"content": "same"})

    assert (response.status_code, response.json()["version"], clock_of(alice)) == (
        200,
        note.version + 1,
        note.version + 1,
    )


def test_a_write_that_restores_what_the_other_has_overwritten_is_a_change(phone, laptop, note):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"content": "laptop", "is_pinned": True})):
        response = phone.patch(f"/notes/{note.pk}", {"content": "two", "is_archived": True})

    assert (response.json()["content"], response.json()["is_pinned"], response.json()["is_archived"]) == (
        "two",
        True,
        True,
    )
    assert texts_of(note)[:2] == ["two", "laptop"]


@pytest.mark.parametrize("purges", [False, True])
def test_a_write_to_a_note_that_was_just_deleted_is_a_404(phone, laptop, note, purges):
    def delete():
        laptop.delete(f"/notes/{note.pk}")
        if purges:
            laptop.delete(f"/trash/{note.pk}")

    with before_the_write(delete):
        response = phone.patch(f"/notes/{note.pk}", {"content": "phone"})

    assert response.status_code == 404
    assert Note.objects.get(pk=note.pk).content == ("" if purges else "two")
    assert not Revision.objects.of(note).filter(content="two").exists()


@pytest.mark.parametrize("path", ["/notes", "/notes/{note}"])
def test_a_write_to_an_account_that_was_just_erased_is_a_401(phone, alice, note, path):
    with before_the_write(lambda: erase(alice)):
        send = phone.post if path == "/notes" else phone.put
        response = send(path.format(note=note.pk), {"title": "Bread"})

    assert response.status_code == 401
    assert not Note.objects.exists()


def test_two_new_notes_have_two_versions(phone, laptop, alice):
    with before_the_write(lambda: laptop.post("/notes", {"title": "Milk", "tags": ["shop"]})):
        response = phone.post("/notes", {"title": "Bread", "tags": ["shop", "food"]})

    assert (response.status_code, response.json()["version"], clock_of(alice)) == (201, 2, 2)
    assert counts_of(alice) == {"shop": 2, "food": 1}


def test_tags_are_counted_from_those_that_the_other_write_left(phone, laptop, note, alice):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"tags": ["home", "work"]})):
        phone.patch(f"/notes/{note.pk}", {"tags": ["home", "shop"]})

    assert counts_of(alice) == {"home": 1, "shop": 1}


def test_another_note_of_the_account_may_change_and_both_writes_succeed(phone, laptop, note, alice):
    other = make_note(owner=alice, title="Bread")

    with before_the_write(lambda: laptop.patch(f"/notes/{other.pk}", {"title": "Cheese"})):
        response = phone.patch(f"/notes/{note.pk}", {"title": "Oats"})

    assert response.json()["version"] == clock_of(alice) == other.version + 2


def test_the_oldest_of_101_revisions_is_deleted(phone, laptop, note):
    first = Revision.objects.of(note).get()
    fill = [Revision(note=note, version=-number, title="Old", content=str(number), written_at=first.written_at,
                     kept_at=first.kept_at) for number in range(MAX_REVISIONS - 1)]  # fmt: skip
    Revision.objects.bulk_create(fill)

    laptop.patch(f"/notes/{note.pk}", {"content": "three"})

    assert Revision.objects.of(note).count() == MAX_REVISIONS
    assert not Revision.objects.of(note).filter(content=str(MAX_REVISIONS - 2)).exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("commits", [True, False])
def test_a_write_waits_for_an_open_transaction_of_the_account(phone, alice, note, commits):
    with ThreadPoolExecutor(1) as thread:
        with suppress(ZeroDivisionError), tick(alice.pk):
            writing = thread.submit(closing(phone.patch), f"/notes/{note.pk}", {"content": "three"})
            wait_until_someone_waits_for_a_lock()
            if not commits:
                raise ZeroDivisionError
        response = writing.result()

    assert (response.json()["content"], response.json()["version"]) == ("three", note.version + 1 + commits)
    assert clock_of(alice) == response.json()["version"]


def wait_until_someone_waits_for_a_lock():
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock")
