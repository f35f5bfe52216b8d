"""The disk of the database is full: what still works, what is refused, and how it ends."""

import errno
import math
import os

import pytest
from django.db import connection

from conftest import PASSWORD
from notes.models import Note
from notes.tests.batches import create, on, statuses
from notes.tests.factories import make_note, make_trashed
from notes_api.db.sqlite.reserve import MARGIN_BYTES, RESERVE_BYTES, Reserve
from notes_api.db.storage import FREE_PAGE_BYTES, LOG_SECONDS, storage

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no reserve")
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no triggers of this kind")

BREAD = {"title": "Bread", "content": "rye"}


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


def code_of(response):
    return response.status_code, response.json()["code"]


def stores(client, note):
    """Send every kind of request that stores text, and return their responses."""
    path = f"/notes/{note.pk}"
    return {
        "create": client.post("/notes", BREAD),
        "replace": client.put(path, BREAD),
        "update": client.patch(path, BREAD),
        "append": client.post(f"{path}/append", {"text": "!"}),
        "edit": client.post(f"{path}/edit", {"edits": [{"old": "M", "new": "m"}]}),
        "rename a tag": client.patch("/tags/dairy", {"name": "milk"}),
        "restore a revision": client.post(f"{path}/revisions/1/restore"),
        "create a token": client.post("/tokens", {"name": "Script", "scopes": ["notes:read"]}),
        "register": client.post("/users", {"email": "late@example.com", "password": PASSWORD}),
    }


@only_sqlite
def test_while_the_disk_is_full_requests_that_store_something_get_507(phone, alice, full_disk):
    note = make_note(owner=alice, content="M", tags=["dairy"])

    responses = stores(phone, note)

    assert {name: code_of(response) for name, response in responses.items()} == dict.fromkeys(
        responses, (507, "storage_full")
    )


@only_sqlite
def test_the_access_log_says_that_a_full_disk_refused_the_request(phone, full_disk, caplog):
    with caplog.at_level("INFO", "notes_api.access"):
        phone.post("/notes", BREAD)

    [line] = [record for record in caplog.records if record.name == "notes_api.access"]
    assert (line.msg["status"], line.msg["refusal"], line.levelname) == (507, "database", "WARNING")


@only_sqlite
def test_while_the_disk_is_full_reading_deleting_and_logging_in_work(phone, alice, client, full_disk):
    note, trashed = make_note(owner=alice), make_trashed(owner=alice)
    log_in = {"username": alice.email, "password": PASSWORD}

    answers = [
        phone.get(f"/notes/{note.pk}"),
        phone.get("/changes"),
        phone.get("/notes", {"q": "milk"}),
        phone.delete(f"/notes/{note.pk}"),
        phone.delete(f"/trash/{trashed.pk}"),
        client.post("/login", log_in),
        phone.post("/logout"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 204, 204, 200, 204]


@only_sqlite
def test_a_batch_deletes_on_a_full_disk_and_stores_nothing(phone, alice, full_disk):
    note = make_note(owner=alice)

    assert statuses(phone, create("Bread"), on(note, "append", text="!"), on(note, "delete")) == [507, 507, 204]
    assert Note.objects.active().count() == 0


@only_sqlite
def test_a_release_of_the_reserve_is_seen_by_all_processes_and_ends_when_there_is_room(phone, disk):
    disk.free = 0
    assert phone.post("/notes", BREAD).status_code == 201
    Reserve(disk.reserve.path.with_name("notes.sqlite3")).release()
    assert phone.post("/notes", BREAD).status_code == 507
    disk.free = RESERVE_BYTES + MARGIN_BYTES - 1
    assert phone.post("/notes", BREAD).status_code == 507

    disk.free += 1

    assert phone.post("/notes", BREAD).status_code == 201
    assert disk.reserve.is_kept


@only_sqlite
def test_notes_are_stored_in_the_room_of_deleted_ones(phone, full_disk, monkeypatch):
    monkeypatch.setattr("notes_api.db.storage.FREE_PAGE_BYTES", 0)

    assert phone.post("/notes", BREAD).status_code == 201
    assert FREE_PAGE_BYTES >= 1024 * 1024


@only_sqlite
def test_readyz_says_whether_the_disk_is_full(client, disk):
    assert client.get("/readyz").json() == {"status": "ok", "writes": "ok"}
    disk.free = 0
    storage.report_full()

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "writes": "disk_full"})


@only_sqlite
def test_the_log_says_once_a_minute_that_the_disk_is_full(phone, full_disk, caplog, monkeypatch):
    monkeypatch.setattr(storage, "logged_at", -math.inf)
    for _ in range(3):
        phone.post("/notes", BREAD)
    assert [record.name for record in caplog.records].count("notes_api.db.storage") == 1

    monkeypatch.setattr(storage, "logged_at", storage.logged_at - LOG_SECONDS)
    phone.post("/notes", BREAD)

    assert [record.name for record in caplog.records].count("notes_api.db.storage") == 2
    assert LOG_SECONDS == 60


@only_sqlite
def test_the_reserve_is_not_kept_if_its_disk_has_no_room(disk):
    disk.reserve.release()
    disk.free = RESERVE_BYTES

    assert not disk.reserve.keep()
    assert disk.reserve.path.stat().st_size == 0


@only_sqlite
def test_notes_are_stored_without_a_reserve_if_its_file_cannot_be_written(phone, client, disk, caplog):
    disk.reserve.path.unlink()
    disk.reserve.path.mkdir()

    statuses = [phone.post("/notes", BREAD).status_code for _ in range(2)]

    assert statuses == [201, 201]
    assert client.get("/readyz").json()["writes"] == "ok"
    assert caplog.text.count("The reserve for a full disk cannot be kept") == 1
    disk.free = 0
    assert code_of(phone.post("/notes", BREAD)) == (507, "storage_full")


@only_sqlite
def test_a_disk_that_becomes_full_while_the_reserve_is_written_is_full(disk, monkeypatch):
    disk.reserve.release()

    def run_out_of_room(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", run_out_of_room)

    assert not disk.reserve.keep()
