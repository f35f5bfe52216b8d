"""`manage.py doctor`: what it looks at, and what it says when something is wrong."""

import io
import json
import shutil
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Clock
from notes.management.doctor import installation
from notes.models import DailyWork, Note, TagCount
from notes.tests.backups import back_up, change_manifest
from notes.tests.factories import make_note
from notes_api.config.base_url import parse_base_url

ON_SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file")
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")


@pytest.fixture(autouse=True)
def _healthy(own_database, settings, tmp_path):
    """An installation of this test alone in which nothing is wrong."""
    settings.BACKUP_DIR = str(tmp_path)
    settings.MAX_BYTES_PER_USER = 10_000
    if connection.vendor == "sqlite":
        own_database.path.chmod(0o600)
    tmp_path.chmod(0o700)
    DailyWork.objects.load()  # after the chmod, because SQLite's other files get the same permissions


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two bottles", tags=["shop"])


def diagnose():
    """Return the findings by subject and the exit status."""
    output, status = io.StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=output)
    except SystemExit as end:
        status = end.code
    return json.loads(output.getvalue()), status


def finding(subject):
    """Return the level, message and advice of what is wrong with this subject."""
    findings, status = diagnose()
    [found] = [found for found in findings if found["subject"] == subject and found["level"] != "ok"]
    assert status == (found["level"] == "error")
    return found["level"], found["message"], found["advice"]


def test_a_healthy_installation_has_no_findings(note, tmp_path):
    back_up(tmp_path)

    findings, status = diagnose()

    assert [found for found in findings if found["level"] != "ok"] == []
    subjects = {found["subject"] for found in findings}
    engine = {"integrity"} if connection.vendor == "sqlite" else {"clock"}
    assert subjects == engine | {
        "settings", "mail", "files", "disk", "database", "migrations", "backup", "clocks", "tags", "quota", "search",
        "purge", "daily work", "outbox", "imports", "exports",
    }  # fmt: skip
    assert status == 0


def test_the_text_says_what_is_wrong_and_how_to_repair_it(note):
    call_command("doctor", stdout=(output := io.StringIO()))

    lines = output.getvalue().splitlines()
    assert "ok       migrations: all are applied" in lines
    assert f"         → {installation.NO_BACKUPS}" in lines


def test_doctor_changes_nothing(note, tmp_path):
    TagCount.objects.update(notes=7)
    before = Clock.objects.get().value

    diagnose()

    assert Clock.objects.get().value == before
    assert TagCount.objects.get().notes == 7


def test_debug_is_an_error(settings):
    settings.DEBUG = True

    assert finding("settings") == ("error", "DEBUG shows tracebacks to everybody", "Remove DEBUG from the settings.")


def test_settings_with_an_error_are_not_also_valid(settings):
    settings.PUBLIC_BASE_URL = parse_base_url("https://notes.example.org")

    [found] = [found for found in diagnose()[0] if found["subject"] == "settings"]

    assert found["level"] == "error"
    assert "no proxy is trusted" in found["message"]


def test_mail_that_is_printed_is_a_warning(settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}

    assert finding("mail")[0] == "warning"


def test_files_of_secrets_that_others_can_read_are_an_error(monkeypatch, tmp_path):
    key = tmp_path / "key"
    key.touch(0o640)
    monkeypatch.setenv("SECRET_KEY_FILE", str(key))

    assert finding("files") == ("error", f"other users may have access to {key}", f"chmod go= {key}")


@ON_SQLITE
def test_a_database_that_others_can_read_is_an_error(own_database):
    own_database.path.chmod(0o604)

    assert finding("files")[2] == f"chmod go= {own_database.path}"


@pytest.mark.parametrize(("free", "level"), [(500, "warning"), (50, "error")])
def test_a_disk_that_is_nearly_full_is_a_finding(monkeypatch, free, level):
    usage = shutil.disk_usage("/")._replace(free=free * installation.MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)

    findings, status = diagnose()

    disks = [found for found in findings if found["subject"] == "disk"]
    assert {found["level"] for found in disks} == {level}
    assert disks[0]["message"].startswith(f"only {free} MiB are free for request bodies")
    assert status == (level == "error")


def test_no_backup_and_an_old_one_are_warnings(note, tmp_path):
    assert finding("backup")[1] == f"no backup of this database is in {tmp_path}"
    backup = back_up(tmp_path)
    change_manifest(backup, created_at=(timezone.now() - timedelta(days=3, hours=5)).isoformat())

    assert finding("backup") == (
        "warning",
        f"the last one is {backup}, 3 days and 5 hours old",
        installation.NO_BACKUPS,
    )


def test_a_missing_migration_is_an_error():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'notes' AND name LIKE '0026%'")
    try:
        assert finding("migrations")[:2] == (
            "error",
            "1 are not applied, such as notes.0026_notes_know_when_they_were_imported",
        )
    finally:
        call_command("migrate", "notes", "0026", "--fake", verbosity=0)


def test_a_database_that_cannot_be_reached_is_an_error(monkeypatch, tmp_path):
    connection.close()
    missing = tmp_path / "missing" / "notes" if connection.vendor == "sqlite" else "missing"
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", missing)
        level, message, _ = finding("database")

    assert level == "error"
    assert message.startswith("it cannot be reached")


@ON_SQLITE
def test_a_row_that_breaks_a_constraint_is_an_error(note, own_database):
    with own_database.transaction() as execute:
        execute("PRAGMA ignore_check_constraints = ON")
        execute("UPDATE accounts_clock SET value = -1")

    assert finding("integrity")[1] == "CHECK constraint failed in accounts_clock"


@ON_SQLITE
def test_an_orphan_is_an_error(note, own_database):
    own_database.query("DELETE FROM accounts_user")

    assert finding("integrity")[1].endswith("rows belong to rows that do not exist")


@ON_POSTGRESQL
def test_clocks_that_differ_are_a_warning(time_machine):
    time_machine.move_to(timezone.now() + timedelta(seconds=90))

    level, message, _ = finding("clock")

    assert level == "warning"
    assert message.startswith("this machine and the database differ by ")


def test_a_version_above_the_clock_is_an_error(note):
    Clock.objects.update(value=0)

    assert finding("clocks") == (
        "error",
        "1 notes have a version that their account's clock has not reached",
        "Stop the server and run `manage.py new_epoch`.",
    )


def test_an_account_without_a_clock_is_an_error(alice):
    Clock.objects.all().delete()

    assert finding("clocks")[1] == "1 accounts have none"


def test_wrong_counts_of_tags_are_an_error(note):
    TagCount.objects.update(notes=7)

    assert finding("tags") == (
        "error",
        f"the counts of tags of 1 of 1 accounts are wrong, such as {note.owner_id}",
        "Run `manage.py reindex`.",
    )


def test_a_wrong_sum_of_bytes_is_an_error(note):
    Clock.objects.update(bytes_kept=7)

    assert finding("quota")[1] == f"the sums of bytes of 1 of 1 accounts are wrong, such as {note.owner_id}"


def test_words_of_another_text_are_an_error(note):
    Note.objects.update(title_words="bread")

    assert finding("search")[1:] == (
        "the words of 1 of 1 notes are not those of their texts",
        "Run `manage.py reindex`.",
    )


def test_trash_that_nobody_purges_is_a_warning(note, settings):
    note.trash()
    Note.objects.update(trashed_at=timezone.now() - timedelta(days=settings.TRASH_DAYS + 3))

    assert finding("purge") == ("warning", "1 notes should have left the trash", "Run `manage.py purge`.")
