"""Writes that fill the disk: what each of their requests answers, and what is stored."""

import os
import secrets
import sqlite3
import time

import pytest
from django.db import OperationalError, connection

from notes.models import Note
from notes.tests.factories import make_note
from notes.tests.interleaving import closing
from notes_api.db.storage import FULL_SECONDS, storage
from notes_api.tests.group_members import waiting_behind
from notes_api.tests.test_full_disk import code_of, only_postgresql, only_sqlite

LARGE = {"title": "Bread", "content": "0123456789" * 100_000}


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def fill(shared, alice):
    """`fill()` lets SQLite's file grow no further."""

    def fill():
        make_note(owner=alice)
        pages = shared.connection.execute("PRAGMA page_count").fetchone()[0]
        shared.connection.execute(f"PRAGMA max_page_count = {pages}")

    return fill


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_write_that_fills_the_disk_is_a_507_and_stores_nothing(phone, fill, disk):
    fill()

    response = phone.post("/notes", LARGE)

    assert code_of(response) == (507, "storage_full")
    assert [note.title for note in Note.objects.all()] == ["Milk"]
    assert not disk.reserve.is_kept


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_each_request_of_a_shared_commit_that_fills_the_disk_gets_its_own_answer(phone, alice, fill, shared, disk):
    """One that stores is refused, one that deletes is told to repeat it, and what is repeated succeeds."""
    doomed = make_note(owner=alice, title="Jam")
    fill()
    delete = closing(lambda: phone.delete(f"/notes/{doomed.pk}"))
    store = closing(lambda: phone.post("/notes", LARGE))

    with waiting_behind(shared, delete, store) as (deleted, stored):
        pass

    assert code_of(stored.result()) == (507, "storage_full")
    assert deleted.result().status_code in (204, 503)
    assert phone.delete(f"/notes/{doomed.pk}").status_code == (204 if deleted.result().status_code == 503 else 404)
    assert Note.objects.trashed().get().title == "Jam"


@only_sqlite
@pytest.mark.parametrize(("age", "expected"), [(0, 503), (60, 507)])
def test_a_deletion_that_meets_the_full_disk_first_is_to_be_repeated(phone, alice, disk, monkeypatch, age, expected):
    note = make_note(owner=alice)

    def fail(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            disk.reserve.release()
            os.utime(disk.reserve.path, (time.time() - age,) * 2)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError(str(error)) from error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        response = phone.delete(f"/notes/{note.pk}")

    assert response.status_code == expected


@pytest.fixture
def full_tablespace():
    """Storing a note fails as if PostgreSQL could not extend its file."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file'; END $$;"
            " CREATE TRIGGER fail BEFORE INSERT ON notes_note FOR EACH ROW EXECUTE FUNCTION pg_temp.fail()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER fail ON notes_note; DROP FUNCTION pg_temp.fail")


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_what_postgresql_cannot_store_gets_507_and_readyz_says_so(phone, client, full_tablespace, monkeypatch):
    monkeypatch.setattr(storage, "failed_at", storage.failed_at)
    content = secrets.token_hex(100)

    response = phone.post("/notes", {"title": "Bread", "content": content})

    assert code_of(response) == (507, "storage_full")
    assert phone.get("/notes").status_code == 200
    assert client.get("/readyz").json()["writes"] == "disk_full"
    monkeypatch.setattr(storage, "failed_at", storage.failed_at - FULL_SECONDS)
    assert client.get("/readyz").json()["writes"] == "ok"
