"""The daily work: which process does it, and what is left when one is killed."""

import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from notes.management.daily_work.schedule import due_jobs
from notes.management.daily_work.starter import Starter
from notes.models import DailyWork, Note
from notes.models.daily_work import LEASE, Job
from notes.tests.backups import killed_at
from notes.tests.factories import make_trashed
from notes_api.db.database_clock import database_now
from notes_api.server.process_names import process_names
from notes_api.tests.test_races import at_once

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# The name of a process with another file: see `notes_api/server/process_names.py`.
OF_ANOTHER_MACHINE = "0" * 32 + ":77"


@pytest.fixture
def due(own_database, settings, tmp_path):
    """A database of this test in which the work is due, with a note to purge, and a directory for backups."""
    settings.BACKUP_DIR = str(tmp_path / "backups")
    DailyWork.objects.all().delete()
    DailyWork.objects.create(created_at=database_now() - 2 * DAY)


@pytest.fixture
def old_trash(due, alice):
    for _ in range(3):
        make_trashed(owner=alice)
    Note.objects.update(trashed_at=timezone.now() - 31 * DAY)


def backups(settings):
    return list(Path(settings.BACKUP_DIR).glob("*.json"))


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_begin_at_once_one_does_the_work(monkeypatch):
    DailyWork.objects.load()
    seen = [DailyWork.objects.get() for _ in range(6)]

    def take(number):
        try:
            return seen[number].take()
        finally:
            connection.close()

    assert sorted(at_once(6, take)) == [False] * 5 + [True]


def test_a_process_of_another_machine_keeps_its_lease_until_it_ends(db):
    work = DailyWork.objects.load()
    work.holder = OF_ANOTHER_MACHINE

    for seconds, is_held in [(1, True), (60, True), (-1, False), (121, False)]:
        work.lease_ends_at = database_now() + timedelta(seconds=seconds)
        assert work.is_held is is_held


def test_the_lease_of_a_process_that_has_ended_is_free_at_once(db, tmp_path):
    work = DailyWork.objects.load()
    work.lease_ends_at = database_now() + LEASE
    work.holder = f"{process_names.own.partition(':')[0]}:{2**31 - 1}"

    assert not work.is_held


def test_a_lease_is_renewed_and_released_only_by_its_holder(db):
    work = DailyWork.objects.load()
    assert work.take()
    assert work.renew()
    assert DailyWork.objects.get().holder == process_names.own

    DailyWork.objects.update(holder=OF_ANOTHER_MACHINE)

    assert not work.renew()
    work.release()
    assert DailyWork.objects.get().holder == OF_ANOTHER_MACHINE


def test_the_command_does_what_is_due_and_records_it(old_trash, settings):
    call_command("daily_work")

    work = DailyWork.objects.get()
    assert len(backups(settings)) == 1
    assert Note.objects.not_purged().count() == 0
    assert work.backup_done_at < work.purge_done_at < database_now()
    assert min(work.backup_seconds, work.purge_seconds) > 0
    assert (work.holder, work.lease_ends_at, work.failures) == ("", None, 0)

    call_command("daily_work")

    assert len(backups(settings)) == 1


def test_old_backups_are_deleted(due, settings):
    settings.BACKUP_KEEP = 2
    for _ in range(4):
        DailyWork.objects.update(backup_done_at=None)
        call_command("daily_work")

    assert len(backups(settings)) == 2


def test_the_command_leaves_the_work_to_the_process_that_does_it(old_trash, settings):
    DailyWork.objects.update(holder=OF_ANOTHER_MACHINE, lease_ends_at=database_now() + LEASE)

    call_command("daily_work")

    assert Note.objects.not_purged().count() == 3
    assert DailyWork.objects.get().purge_done_at is None


def test_a_backup_that_fails_does_not_stop_the_purge_and_is_tried_again(old_trash, settings, tmp_path):
    (tmp_path / "backups").write_text("not a directory")

    call_command("daily_work")

    work = DailyWork.objects.get()
    assert Note.objects.not_purged().count() == 0
    assert work.backup_done_at is None
    assert (work.failures, work.failure.partition(":")[0]) == (1, "The backup failed")
    assert due_jobs(work, work.failed_at + MINUTE) == [Job.BACKUP]

    (tmp_path / "backups").unlink()
    DailyWork.objects.update(failed_at=work.failed_at - MINUTE)
    call_command("daily_work")

    work.refresh_from_db()
    assert len(backups(settings)) == 1
    assert (work.failures, work.failed_at, work.failure) == (0, None, "")


def test_a_backup_that_could_fill_the_disk_is_not_made(old_trash, settings, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=200 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)

    call_command("daily_work")

    assert backups(settings) == []
    assert DailyWork.objects.get().failure.startswith("The backup failed: Only 200 MiB are free in ")
    assert DailyWork.objects.get().purge_done_at is not None


def test_the_reason_of_a_failure_has_no_statement_and_no_values(old_trash, own_database):
    own_database.query("ALTER TABLE accounts_maillink RENAME TO accounts_formerlink")
    try:
        call_command("daily_work")
    finally:
        own_database.query("ALTER TABLE accounts_formerlink RENAME TO accounts_maillink")

    failure = DailyWork.objects.get().failure
    assert failure.startswith("The purge failed: ")
    assert "accounts_maillink" in failure
    assert "\n" not in failure
    assert "SELECT" not in failure


def test_while_it_pauses_after_a_failure_the_command_changes_nothing(old_trash):
    DailyWork.objects.update(failures=2, failed_at=database_now(), failure="The disk is full.")
    output = StringIO()

    call_command("daily_work", stdout=output)

    work = DailyWork.objects.get()
    assert output.getvalue() == "Nothing is due.\n"
    assert (work.failures, work.failure, work.holder) == (2, "The disk is full.", "")


def test_a_failure_is_forgotten_when_somebody_has_done_the_work_by_hand(db):
    DailyWork.objects.load()
    DailyWork.objects.update(failures=2, failed_at=database_now(), purge_done_at=database_now())

    Starter().start_work_if_due()

    assert DailyWork.objects.get().failures == 0


# During the backup, between backup and purge, in the purge of the first note, and before the result is recorded.
@pytest.mark.parametrize(
    ("point", "backups_before"),
    [
        ("open .*partial", 0),
        ("UPDATE .*notes_dailywork.* SET .*backup_done_at", 1),
        ("UPDATE .*notes_note", 1),
        ("UPDATE .*notes_dailywork.* SET .*purge_done_at", 1),
    ],
)
def test_what_a_killed_process_has_not_done_another_one_does(old_trash, settings, monkeypatch, point, backups_before):
    # The killed process is a copy of this one, and needs a name of its own.
    monkeypatch.setattr(process_names, "position", -1)
    assert killed_at(point, 1, "daily_work")
    assert len(backups(settings)) == backups_before
    assert DailyWork.objects.get().holder != ""
    assert DailyWork.objects.get().purge_done_at is None

    call_command("daily_work")

    work = DailyWork.objects.get()
    assert Note.objects.not_purged().count() == 0
    assert work.purge_done_at is not None
    assert work.holder == ""
    # A backup that was complete but not recorded is made again.
    assert len(backups(settings)) == (2 if "backup_done_at" in point else 1)
    assert not list(Path(settings.BACKUP_DIR).glob("*partial*"))


def test_purge_and_backup_record_when_they_were_done(own_database, tmp_path):
    call_command("purge", stdout=StringIO())
    call_command("backup", "--to", str(tmp_path), stdout=StringIO())

    work = DailyWork.objects.get()
    assert database_now() - MINUTE < work.purge_done_at < work.backup_done_at < database_now()
