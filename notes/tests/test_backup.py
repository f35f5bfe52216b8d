"""`manage.py backup`: the files, their manifest, and what happens to those from before."""

import fcntl
import hashlib
import io
import json
import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from notes.tests.backups import back_up, change_manifest, killed_at, manifest_of, output_of
from notes.tests.factories import clock_of, make_note
from notes_api.db.backups import sqlite
from notes_api.db.backups.engines import engine_of

ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite needs no programs")

# What happens four times before a backup is checked.
OPENED = "subprocess.Popen" if connection.vendor == "postgresql" else "sqlite3.connect/handle"
RENAMED = "os.rename .*cloud-notes"


@pytest.fixture(autouse=True)
def _own_database(own_database):
    """Backups are made of a database of this test alone."""


@pytest.fixture
def pg_dump(tmp_path, monkeypatch):
    """Put a script in the place of pg_dump."""

    def replace(script):
        path = tmp_path / "bin" / "pg_dump"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")

    return replace


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def names_in(directory):
    return sorted(path.name for path in directory.iterdir())


def test_only_the_owner_can_read_a_backup(tmp_path):
    mask = os.umask(0)
    try:
        backup = back_up(tmp_path / "new" / "backups")
    finally:
        os.umask(mask)

    assert [mode_of(path) for path in (backup, Path(f"{backup}.json"), backup.parent)] == [0o600, 0o600, 0o700]
    assert names_in(backup.parent) == [backup.name, f"{backup.name}.json"]


def test_the_manifest_says_what_the_backup_holds(phone, alice, bob, tmp_path, settings):
    note = make_note(owner=alice)
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})
    settings.BACKUP_DIR = str(tmp_path)

    printed = json.loads(output_of("backup", "--json"))

    backup = Path(printed.pop("file"))
    assert backup.parent == tmp_path
    assert printed.pop("deleted") == []
    assert printed == manifest_of(backup)
    assert printed["version"] == settings.SPECTACULAR_SETTINGS["VERSION"]
    assert datetime.now(UTC) - datetime.fromisoformat(printed["created_at"]) < timedelta(minutes=5)
    assert printed["engine"] == connection.vendor
    assert "notes.0001_initial" in printed["migrations"]
    assert printed["counts"] == {
        "accounts_user": 2,
        "accounts_clock": 2,
        "accounts_session": 1,
        "accounts_apitoken": 0,
        "accounts_grant": 0,
        "notes_note": 1,
        "notes_revision": 1,
    }
    assert printed["highest_clock"] == clock_of(alice)
    content = backup.read_bytes()
    assert (printed["size"], printed["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_keep_deletes_only_the_oldest_backups_of_this_database(tmp_path):
    (tmp_path / "notes.sqlite3").write_text("somebody else's")
    (tmp_path / "cloud-notes-of-2019.dump").write_text("somebody else's")
    foreign = back_up(tmp_path)
    change_manifest(foreign, source="another database")
    made = [back_up(tmp_path) for _ in range(3)]

    printed = json.loads(output_of("backup", "--to", tmp_path, "--keep", "2", "--json"))

    kept = [foreign.name, made[2].name, Path(printed["file"]).name]
    assert printed["deleted"] == [str(made[1]), str(made[0])]
    assert names_in(tmp_path) == sorted(
        ["notes.sqlite3", "cloud-notes-of-2019.dump", *kept, *(f"{name}.json" for name in kept)]
    )


def test_a_backup_that_fails_deletes_nothing(tmp_path):
    made = back_up(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "accounts_user" RENAME TO "accounts_former"')
    connection.close()

    with pytest.raises(CommandError, match=r"No backup was made\. The database has no accounts"):
        back_up(tmp_path, "--keep", "1")
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "accounts_former" RENAME TO "accounts_user"')

    assert names_in(tmp_path) == [made.name, f"{made.name}.json"]


@pytest.mark.parametrize("count", ["0", "-1"])
def test_at_least_one_backup_is_kept(tmp_path, count):
    with pytest.raises(CommandError, match="--keep must be at least 1"):
        back_up(tmp_path, f"--keep={count}")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("errors", "is_shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_shown_on_a_terminal_only(tmp_path, errors, is_shown):
    call_command("backup", "--to", str(tmp_path), stdout=io.StringIO(), stderr=errors)

    assert ("Writing the backup: " in errors.getvalue()) is is_shown
    assert bool(errors.getvalue()) is is_shown


@pytest.mark.skipif(connection.vendor != "sqlite", reason="pg_dump has a snapshot")
def test_a_backup_does_not_begin_again_when_somebody_writes(tmp_path, own_database, monkeypatch):
    monkeypatch.setattr(sqlite, "STEP_PAGES", 10)
    (tmp_path / "copy").touch()
    seen = []

    def write(done, total):
        seen.append(done)
        if len(seen) < 4:
            own_database.query("UPDATE django_migrations SET app = app || '1'")

    engine_of(connection).write(tmp_path / "copy", lambda fetch: None, write)

    assert len(seen) > 4
    assert seen == sorted(set(seen))


def test_two_backups_are_not_written_to_a_directory_at_once(tmp_path):
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    with pytest.raises(CommandError, match="Another backup is being written"):
        back_up(tmp_path)

    os.close(other)
    assert names_in(tmp_path) == []


# The last step is the name of the manifest: the next backup completes it.
@pytest.mark.parametrize(
    ("point", "occurrence", "complete"),
    [("open .*partial", 1, 0), (OPENED, 4, 0), (RENAMED, 1, 0), (RENAMED, 2, 1)],
)
def test_a_killed_backup_leaves_nothing_that_looks_complete(tmp_path, point, occurrence, complete):
    directory = tmp_path / "backups"
    assert killed_at(point, occurrence, "backup", "--to", directory)

    unfinished = [path for path in directory.glob("*") if path.suffix != ".partial"] if directory.exists() else []
    made = back_up(directory)

    assert len(unfinished) == complete
    assert len(names_in(directory)) == 2 + 2 * complete
    assert not list(directory.glob("*partial*"))
    assert made.exists()


@ON_POSTGRESQL
def test_the_password_is_not_on_the_command_line(tmp_path, pg_dump, monkeypatch):
    real = shutil.which("pg_dump")
    pg_dump(f'echo "$PGPASSWORD" "$@" >> {tmp_path}/seen; exec {real} "$@"')
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "open sesame")

    back_up(tmp_path / "backups")

    password, _, arguments = (tmp_path / "seen").read_text().splitlines()[-1].partition(" --")
    assert password == "open sesame"
    assert "open sesame" not in arguments


@ON_POSTGRESQL
def test_without_pg_dump_the_command_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match=r"pg_dump is not installed\. Install PostgreSQL's client programs, version"):
        back_up(tmp_path / "backups")

    assert names_in(tmp_path / "backups") == []


@ON_POSTGRESQL
def test_an_older_pg_dump_is_refused(tmp_path, pg_dump):
    pg_dump("echo 'pg_dump (PostgreSQL) 9.6.24'")

    with pytest.raises(CommandError, match="pg_dump has version 9, which is older than the server's"):
        back_up(tmp_path / "backups")


@ON_POSTGRESQL
def test_a_dump_that_fails_in_the_end_is_no_backup(tmp_path, pg_dump):
    real = shutil.which("pg_dump")
    pg_dump(f'{real} "$@"; status=$?; [ "$1" = --version ] && exit $status; echo "disk on fire" >&2; exit 1')

    with pytest.raises(CommandError, match="pg_dump failed: disk on fire"):
        back_up(tmp_path / "backups")

    assert names_in(tmp_path / "backups") == []


@ON_POSTGRESQL
def test_a_pooler_in_transaction_mode_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)

    with pytest.raises(CommandError, match="A pooler in transaction mode"):
        back_up(tmp_path)
