"""`manage.py restore` refuses what is not a whole backup, and to replace a database that is in use."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection

from notes.tests.backups import change_manifest, connected_to, leftovers, output_of, restore, titles


def cut_off(backup):
    backup.write_bytes(backup.read_bytes()[:-1])


def append(backup):
    backup.write_bytes(backup.read_bytes() + b"\0")


def flip(fraction):
    """Change one bit at this part of the file."""

    def damage(backup):
        content = bytearray(backup.read_bytes())
        content[int(fraction * (len(content) - 1))] ^= 1
        backup.write_bytes(content)

    return damage


def exchange(backup):
    backup.write_bytes(b"a photo of a cat")


def lose_manifest(backup):
    Path(f"{backup}.json").unlink()


def damage_manifest(backup):
    Path(f"{backup}.json").write_text("{")


def change(**values):
    return lambda backup: change_manifest(backup, **values)


def add_migration(backup):
    change_manifest(backup, version="9.0.0", migrations=["notes.0999_of_the_future"])


REFUSALS = {
    "truncated": (cut_off, "is damaged: it has"),
    "longer": (append, "is damaged: it has"),
    "a bit at the start": (flip(0), "is damaged: its SHA-256"),
    "a bit in the middle": (flip(0.5), "is damaged: its SHA-256"),
    "a bit at the end": (flip(1), "is damaged: its SHA-256"),
    "another file": (exchange, "is damaged: it has 16 bytes"),
    "no manifest": (lose_manifest, "has no manifest. Restore a file that"),
    "half a manifest": (damage_manifest, "cannot be read"),
    "a manifest of another product": (change(product="photos"), "it is not one of cloud-notes"),
    "a manifest without a number": (change(size="large"), "a member has the wrong type"),
    "another engine": (change(engine="oracle"), "is a backup of oracle, and this server uses"),
    "a newer version": (add_migration, "was made by a newer version (9.0.0)"),
    "other counts": (change(counts={"notes_note": 7}), "does not hold what its manifest says"),
    "a table with a quote": (change(counts={'notes"note': 7}), "counts tables that cannot exist"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_file_that_is_not_a_whole_backup_is_refused(backup, own_database, kind):
    damage, sentence = REFUSALS[kind]
    damage(backup)

    with pytest.raises(CommandError) as refusal:
        restore(backup)

    assert str(refusal.value).startswith("Nothing was restored. ")
    assert sentence in str(refusal.value)
    assert titles() == ["Written later"]
    assert leftovers(own_database) == []


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        restore(tmp_path / "backup.dump")


def test_nothing_is_restored_while_the_server_runs(backup, visitor, served_database):
    """The visitor has made the server connect to its database."""
    with connected_to(served_database), pytest.raises(CommandError, match="Stop"):
        restore(backup)

    assert visitor.get("/users/me").status_code == 200


CONNECT = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA journal_mode = WAL")
database.execute("SELECT count(*) FROM notes_note").fetchall()
print("connected", flush=True)
sys.stdin.read()
"""


@contextmanager
def connected_process(path):
    command = [sys.executable, "-c", CONNECT, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"connected\n"
        yield
        process.stdin.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL lists its connections")
def test_a_damaged_database_is_not_replaced_while_the_server_uses_it(backup, own_database):
    connection.close()
    with connected_process(own_database.path):
        damaged = own_database.path.read_bytes()[:100] + b"damaged" * 1000
        own_database.path.write_bytes(damaged)

        with pytest.raises(CommandError, match="Another process uses"):
            restore(backup)

        assert own_database.path.read_bytes() == damaged
    restore(backup)
    assert titles() == ["Backed up"]


def test_a_restore_without_a_terminal_needs_yes(backup):
    with pytest.raises(CommandError, match="Add --yes"):
        output_of("restore", backup)

    assert titles() == ["Written later"]


@pytest.mark.parametrize(("answer", "title"), [("no", "Written later"), ("yes", "Backed up")])
def test_a_restore_on_a_terminal_asks(backup, monkeypatch, answer, title):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: answer)

    if answer == "yes":
        output_of("restore", backup)
    else:
        with pytest.raises(CommandError, match="Nothing was restored"):
            output_of("restore", backup)

    assert titles() == [title]
