"""`manage.py restore`: what it refuses, what it restores, and what is left when it is killed."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Clock
from conftest import PASSWORD
from notes.tests.backups import back_up, former_titles, leftovers, manifest_of, restore, titles
from notes.tests.factories import make_note
from notes.tests.feeds import changed_titles, pull
from notes_api.db.migration_state import read_migration_state

IS_SQLITE = connection.vendor == "sqlite"
ON_SQLITE = pytest.mark.skipif(not IS_SQLITE, reason="PostgreSQL has no file")
ON_POSTGRESQL = pytest.mark.skipif(IS_SQLITE, reason="SQLite has no schemas")


@pytest.fixture(autouse=True)
def _own_database(own_database):
    """What is restored replaces a database of this test alone."""


def log_in(client):
    response = client.post("/login", {"username": "alice@example.com", "password": PASSWORD})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access_token']}")
    return client


def test_a_backup_is_restored_with_a_new_epoch(client, phone, alice, tmp_path):
    note = make_note(owner=alice, title="Backed up")
    backup = back_up(tmp_path)
    lost = phone.patch(f"/notes/{note.pk}", {"title": "Written later"}).headers["ETag"]
    since = pull(phone)["next"]

    restore(backup)

    assert phone.get("/notes").status_code == 401
    phone = log_in(client)
    assert changed_titles(pull(phone)) == ["Backed up"]
    assert phone.get("/changes", {"since": since}).status_code == 410
    response = phone.put(f"/notes/{note.pk}", {"title": "x"}, headers={"If-Match": lost})
    assert response.status_code == 412
    assert phone.post("/notes", {"title": "After it"}).json()["version"] > 10**15


def test_the_command_says_what_it_has_restored(backup):
    output = restore(backup)

    assert output.startswith(f"Restored the backup of {manifest_of(backup)['created_at']}, version 1.0.0:\n")
    assert "\n       1 accounts_user\n" in output
    assert "\n       1 notes_note\n" in output
    assert "\nSessions ended: 0. API tokens revoked: 0.\n" in output


class ClosedPipe(io.StringIO):
    """The standard output of `manage.py restore … | head -1`."""

    def write(self, text):
        raise BrokenPipeError


def test_a_restore_whose_output_nobody_reads_does_not_claim_that_nothing_was_restored(backup):
    with pytest.raises(BrokenPipeError):
        call_command("restore", str(backup), "--yes", stdout=ClosedPipe(), stderr=io.StringIO())

    assert titles() == ["Backed up"]


def test_the_former_database_is_kept(backup, own_database):
    output = restore(backup)

    assert former_titles(own_database) == ["Written later"]
    assert "before-restore-" in output or "DROP SCHEMA before_restore_" in output
    assert leftovers(own_database) == []


@ON_SQLITE
def test_only_the_owner_can_read_a_restored_database(backup, own_database):
    own_database.path.chmod(0o644)

    restore(backup)

    assert own_database.path.stat().st_mode & 0o777 == 0o600


@ON_SQLITE
def test_a_link_to_the_database_stays_a_link(backup, own_database):
    connection.close()
    target = own_database.path.rename(own_database.path.with_name("elsewhere.sqlite3"))
    own_database.path.symlink_to(target)

    restore(backup)

    assert own_database.path.is_symlink()
    assert titles() == ["Backed up"]


@ON_SQLITE
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_root_restores_for_the_owner_of_the_database(backup, own_database):
    os.chown(own_database.path, 12_345, 54_321)

    restore(backup)

    restored = own_database.path.stat()
    assert (restored.st_uid, restored.st_gid) == (12_345, 54_321)


def test_a_backup_can_be_restored_into_an_empty_database(backup, own_database):
    if IS_SQLITE:
        connection.close()
        own_database.path.unlink()
    else:
        own_database.query("DROP SCHEMA public CASCADE")
        own_database.query("CREATE SCHEMA public")

    restore(backup)

    assert titles() == ["Backed up"]


def test_a_backup_can_be_restored_twice(backup):
    restore(backup)
    first = Clock.objects.get().value

    restore(backup)

    assert titles() == ["Backed up"]
    assert Clock.objects.get().value > first


def test_an_older_backup_is_migrated(alice, tmp_path):
    make_note(owner=alice, title="Old")
    call_command("migrate", "notes", "0015", verbosity=0)
    path = back_up(tmp_path)
    call_command("migrate", verbosity=0)

    restore(path)

    assert titles() == ["Old"]
    assert read_migration_state(connection).pending == []


@ON_SQLITE
def test_a_damaged_database_is_replaced_and_kept(backup, own_database):
    connection.close()
    damaged = b"SQLite format 3\0" + b"damaged" * 1000
    own_database.path.write_bytes(damaged)
    journal = Path(f"{own_database.path}-journal")
    journal.write_bytes(b"\0 of the damaged one")

    restore(backup)

    assert titles() == ["Backed up"]
    former = next(own_database.path.parent.glob("*before-restore*[0-9]"))
    assert former.read_bytes() == damaged
    assert Path(f"{former}-journal").read_bytes() == b"\0 of the damaged one"
    assert not journal.exists()
