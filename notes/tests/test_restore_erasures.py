"""`manage.py restore` erases the accounts again that were erased since the backup."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

from accounts.flows.erasure import erase
from accounts.models import User
from notes.models import Note
from notes.tests.backups import back_up, change_manifest, killed_at, leftovers, restore
from notes.tests.factories import make_note
from notes_api.background_tasks import drain_all
from notes_api.db.erasure_journal import ErasureJournal

# Where a process dies that erases an account: before the commit, and between the commit and the second entry.
BEFORE_COMMIT = ('DELETE FROM "accounts_user"', 1)
AFTER_COMMIT = (r"open \('[^']*/journal'", 2)


@pytest.fixture(autouse=True)
def _own_database(own_database, settings):
    """What is restored replaces a database of this test alone. `purge` erases accounts that nobody claims."""
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def journal(settings, tmp_path):
    settings.ERASURE_JOURNAL = tmp_path / "journal"
    return ErasureJournal(settings.ERASURE_JOURNAL)


@pytest.fixture
def unclaimed(alice):
    """Alice, whom `purge` erases."""
    alice.update_columns({"created_at": timezone.now() - timedelta(days=8)})
    make_note(owner=alice, title="Hers")
    return alice


@pytest.fixture
def backup(unclaimed, tmp_path):
    return back_up(tmp_path)


def emails():
    return sorted(User.objects.values_list("email", flat=True))


def test_an_account_erased_since_the_backup_is_erased_again(journal, unclaimed, bob, tmp_path):
    make_note(owner=bob, title="His")
    backup = back_up(tmp_path)
    erase(unclaimed)

    output = restore(backup)

    assert emails() == ["bob@example.com"]
    assert [note.title for note in Note.objects.all()] == ["His"]
    assert "\nAccounts erased again: 1.\n" in output


def test_without_a_journal_the_command_says_that_accounts_are_back(backup, unclaimed):
    erase(unclaimed)

    output = restore(backup)

    assert emails() == ["alice@example.com"]
    assert "There is no journal of erasures (ERASURE_JOURNAL): accounts that were erased since" in output


def test_a_journal_that_is_missing_is_reported(journal, backup):
    assert f"The journal of erasures {journal.path} does not exist" in restore(backup)


def test_an_erasure_that_was_killed_before_its_commit_is_not_done_by_a_restore(journal, backup):
    assert killed_at(*BEFORE_COMMIT, "purge")
    assert emails() == ["alice@example.com"]

    output = restore(backup)

    assert emails() == ["alice@example.com"]
    assert "\nAccounts erased again: 0.\n" in output


def test_an_erasure_that_was_killed_after_its_commit_is_done_again(journal, unclaimed, bob, tmp_path):
    backup = back_up(tmp_path)
    assert killed_at(*AFTER_COMMIT, "purge")
    assert emails() == ["bob@example.com"]

    output = restore(backup)

    assert emails() == ["bob@example.com"]
    assert "\nAccounts erased again: 1.\n" in output


def test_an_account_whose_fate_nobody_knows_is_kept_and_named(journal, backup, unclaimed):
    assert killed_at(*AFTER_COMMIT, "purge")
    # Nobody else has an account: the database might be a new one.
    assert emails() == []

    output = restore(backup)

    assert emails() == ["alice@example.com"]
    assert f"Perhaps it succeeded, and they are back: {unclaimed.pk}.\n" in output


def test_a_restore_that_is_killed_while_it_erases_can_be_repeated(journal, backup, unclaimed, bob, own_database):
    erase(unclaimed)
    assert killed_at(*BEFORE_COMMIT, "restore", backup, "--yes")

    assert emails() == ["bob@example.com"]
    assert "\nAccounts erased again: 1.\n" in restore(backup)
    assert emails() == []
    assert leftovers(own_database) == []


def test_a_journal_that_cannot_be_read_stops_the_restore(journal, backup, bob):
    journal.path.mkdir()

    with pytest.raises(CommandError, match="Nothing was restored"):
        restore(backup)

    assert emails() == ["alice@example.com", "bob@example.com"]


def test_lines_that_cannot_be_read_are_counted(journal, backup):
    journal.path.write_text("torn\n")

    assert "Lines of the journal that cannot be read: 1.\n" in restore(backup)


def test_a_backup_that_is_older_than_the_journal_is_reported(journal, backup, bob):
    erase(bob)
    change_manifest(backup, created_at=(timezone.now() - timedelta(days=401)).isoformat())

    assert "The backup is older than the journal: " in restore(backup)


def test_an_account_that_acted_as_staff_is_back_and_logged(journal, unclaimed, bob, tmp_path, caplog):
    LogEntry.objects.log_actions(unclaimed.pk, User.objects.filter(pk=bob.pk), CHANGE, "Deactivated.")
    backup = back_up(tmp_path)
    journal.add("erased", [unclaimed.pk])

    restore(backup)

    assert emails() == ["alice@example.com", "bob@example.com"]
    assert f"Account {unclaimed.pk} was erased, and is back because it has acted as staff" in caplog.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no thread that announces changes")
@pytest.mark.usefixtures("task_thread")
def test_the_thread_that_announces_changes_does_not_count_as_a_server(journal, backup, unclaimed):
    journal.add("erased", [unclaimed.pk])
    # It has announced what the fixtures wrote.
    drain_all()

    assert "\nAccounts erased again: 1.\n" in restore(backup)
