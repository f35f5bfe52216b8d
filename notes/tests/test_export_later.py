"""Exports of large accounts: made by the outbox, kept for an hour."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.flows.erasure import erase
from accounts.models import Clock
from notes.management.purging import delete_expired
from notes.models import Chunk, Export, Note, StoredFile
from notes.tests.exports import lines_of, make_ready, read, three_chunks
from notes.tests.factories import copies, make_note
from notes.transfer.exports import requests
from notes.transfer.exports.archive import Progress, dump_account, temporary_file
from notes.transfer.exports.ndjson import as_json
from outbox.kinds import ClaimLost
from outbox.models import Entry


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def large(alice, monkeypatch):
    """Alice has more notes than are exported at once."""
    monkeypatch.setattr(requests, "MAX_NOTES", 3)
    Note.objects.bulk_create(copies(alice, 5))
    Clock.objects.filter(user=alice).update(value=1)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_large_account_gets_its_archive_later(phone, large, committed):
    with committed():
        response = phone.get("/export")

    assert response.status_code == 202
    assert response.json()["status"] == "waiting"
    fetched = phone.get(response.headers["Location"])
    assert (fetched.status_code, fetched.headers["Content-Type"]) == (200, "application/zip")
    data = read(fetched)
    assert len(lines_of(data)) == 5
    assert (Export.objects.get().size, Export.objects.get().notes) == (len(data), 5)
    assert not Entry.objects.exists()


def test_while_it_is_made_the_client_is_told_to_ask_again(phone, large):
    location = phone.get("/export").headers["Location"]

    response = phone.get(location)

    assert (response.status_code, response.headers["Retry-After"]) == (202, "5")
    assert response.headers["Location"] == location
    assert response.headers["Content-Type"] == "application/json"


def test_a_second_request_does_not_begin_another_export(phone, large, committed):
    first = phone.get("/export").headers["Location"]
    assert phone.get("/export").headers["Location"] == first
    assert Export.objects.count() == 1


def test_an_account_that_has_not_changed_gets_the_archive_that_is_ready(phone, large, committed, alice):
    with committed():
        first = phone.get("/export").headers["Location"]
    with committed():
        response = phone.get("/export")
        again = response.headers["Location"]
    assert response.headers["Retry-After"] == "0"
    make_note(owner=alice)
    with committed():
        changed = phone.get("/export").headers["Location"]

    assert again == first != changed


def test_an_archive_is_there_for_an_hour_after_it_was_made(phone, alice):
    export = make_ready(owner=alice)
    Export.objects.update(created_at=timezone.now() - timedelta(hours=3))

    Export.objects.update(finished_at=timezone.now() - timedelta(minutes=59))
    assert phone.get(f"/exports/{export.pk}").status_code == 200
    Export.objects.update(finished_at=timezone.now() - timedelta(minutes=61))
    assert phone.get(f"/exports/{export.pk}").status_code == 404


def test_a_purge_deletes_expired_exports_with_their_files(alice):
    make_ready(owner=alice, data=three_chunks())
    kept = make_ready(owner=alice)
    Export.objects.exclude(pk=kept.pk).update(finished_at=timezone.now() - timedelta(minutes=61))

    assert dict(delete_expired())["exports deleted"] == 1
    assert [file.pk for file in StoredFile.objects.all()] == [kept.file_id]
    assert Chunk.objects.count() == 1


def test_a_purge_deletes_files_that_a_killed_process_left_behind(alice):
    StoredFile.objects.create(user=alice, created_at=timezone.now() - timedelta(days=2))
    StoredFile.objects.create(user=alice)

    assert dict(delete_expired())["abandoned files deleted"] == 1


def test_another_export_deletes_all_but_the_newest_archive(phone, alice, large, committed):
    old, newest = make_ready(owner=alice), make_ready(owner=alice)
    make_note(owner=alice)

    with committed():
        phone.get("/export")

    assert not Export.objects.filter(pk=old.pk).exists()
    assert Export.objects.filter(pk=newest.pk).exists()
    assert Export.objects.count() == 2


def test_an_erasure_deletes_exports_and_files(alice):
    make_ready(owner=alice, data=three_chunks())

    erase(alice)

    assert [Export.objects.count(), StoredFile.objects.count(), Chunk.objects.count()] == [0, 0, 0]


def test_a_failed_export_says_why(phone, alice):
    export = Export.objects.create(user=alice)
    export.fail("storage_full")

    response = phone.get(f"/exports/{export.pk}")

    assert (response.status_code, response.json()["code"]) == (409, "export_failed")
    assert "storage_full" in response.json()["detail"]


class Attempt:
    """A claim that ends or is lost after so many renewals."""

    def __init__(self, renewals=10**9):
        self.left = renewals
        self.is_ending = self.must_pause = False

    def renew(self):
        self.left -= 1
        if self.left < 0:
            raise ClaimLost


@pytest.mark.parametrize("renewals", [0, 1, 2])
def test_an_export_that_was_interrupted_is_made_again_as_a_whole(phone, alice, large, renewals):
    export = Export.objects.create(user=alice)
    with pytest.raises(ClaimLost):
        requests.make_export({"id": str(export.pk)}, Attempt(renewals))
    assert phone.get(f"/exports/{export.pk}").status_code == 202

    requests.make_export({"id": str(export.pk)}, Attempt())

    assert len(lines_of(read(phone.get(f"/exports/{export.pk}")))) == 5
    assert StoredFile.objects.count() == 1


def test_an_export_that_is_interrupted_too_often_fails(alice):
    export = Export.objects.create(user=alice, attempts=30)

    requests.make_export({"id": str(export.pk)}, Attempt())

    export.refresh_from_db()
    assert (export.status, export.problem) == ("failed", "too_many_attempts")


class Interloper(Progress):
    """Writes to the account, in another thread, while it is read."""

    def __init__(self, write):
        self.write = write

    def report_read(self, notes):
        def write():
            self.write()
            connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_an_account_is_exported_as_it_was_at_one_moment(alice):
    Note.objects.bulk_create(copies(alice, 250))
    Clock.objects.filter(user=alice).update(value=1)
    before = b"".join(as_json(note) for note in Note.objects.order_by("pk"))
    last = Note.objects.order_by("pk").last()

    def write():
        last.change({"content": f"{last.content}!"})
        make_note(owner=alice)

    with temporary_file() as lines:
        dump = dump_account(alice.pk, lines, Interloper(write))
        lines.seek(0)
        assert lines.read() == before
    assert dump.clock == 1
    assert Note.objects.count() > 250
