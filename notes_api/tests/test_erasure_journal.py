"""The file of the journal of erasures: whole lines, one writer at a time, and entries that are forgotten."""

import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from notes_api.db.erasure_journal import ErasureJournal, Fate, fates
from notes_api.tests.edge.server import eventually

ALICE, BOB = UUID(int=1), UUID(int=2)


@pytest.fixture
def journal(tmp_path):
    return ErasureJournal(tmp_path / "journal")


def words(journal):
    return [(entry.fate, entry.account_id) for entry in journal.read()[0]]


def test_entries_are_lines_with_a_time_a_word_and_an_id(journal, at_nine):
    journal.add(Fate.BEGUN, [ALICE])
    journal.add(Fate.ERASED, [ALICE])

    assert journal.path.read_text() == (
        f"2026-01-05T09:00:00+00:00 begun {ALICE}\n2026-01-05T09:00:00+00:00 erased {ALICE}\n"
    )


def test_only_the_owner_can_read_the_file(journal):
    journal.add(Fate.BEGUN, [ALICE])
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600

    journal.forget_before(datetime.now(UTC))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_root_writes_for_the_owner_of_the_directory(journal):
    os.chown(journal.path.parent, 12_345, 54_321)

    journal.add(Fate.BEGUN, [ALICE])
    first = journal.path.stat()
    journal.forget_before(datetime.now(UTC))
    second = journal.path.stat()

    assert first.st_ino != second.st_ino
    assert {(found.st_uid, found.st_gid) for found in (first, second)} == {(12_345, 54_321)}


@pytest.mark.parametrize("torn", [b"2026-01-05T09:00:00+00:00 begun 0000", b"2026-01", b"\xff\xfe", b"a b c d\n"])
def test_a_torn_line_harms_no_other(journal, torn):
    journal.add(Fate.ERASED, [ALICE])
    with journal.path.open("ab") as file:
        file.write(torn)

    journal.add(Fate.ERASED, [BOB])

    entries, count = journal.read()
    assert [entry.account_id for entry in entries] == [ALICE, BOB]
    assert count == 1


def test_an_entry_that_is_only_partly_written_is_an_error(journal, monkeypatch):
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, text: whole(descriptor, text[:10]))

    with pytest.raises(OSError, match="the disk is full"):
        journal.add(Fate.BEGUN, [ALICE])


def test_an_entry_is_on_the_disk_when_it_counts(journal, monkeypatch):
    synced, sync = [], os.fsync

    def record(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    journal.add(Fate.BEGUN, [ALICE])

    # The file, and the directory with the name of a new file.
    assert synced == [journal.path, journal.path.parent]


def test_joined_files_of_several_hosts_are_read_in_the_order_of_time(journal):
    journal.path.write_text(
        f"2026-01-05T09:00:02+00:00 kept {ALICE}\n2026-01-05T09:00:01+00:00 begun {ALICE}\n"
        f"2026-01-05T09:00:03+00:00 erased {BOB}\n2026-01-05T10:00:04+02:00 begun {BOB}\n"
    )

    assert fates(journal.read()[0]) == {ALICE: Fate.KEPT, BOB: Fate.ERASED}


def test_an_erased_account_stays_erased_whatever_follows(journal):
    for fate in (Fate.BEGUN, Fate.ERASED, Fate.KEPT, Fate.BEGUN):
        journal.add(fate, [ALICE])

    assert fates(journal.read()[0]) == {ALICE: Fate.ERASED}


def test_old_entries_are_forgotten(journal, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    journal.add(Fate.ERASED, [ALICE])
    time_machine.move_to("2026-01-06T09:00:00Z", tick=False)
    journal.add(Fate.ERASED, [BOB])

    assert journal.forget_before(datetime(2026, 1, 6, tzinfo=UTC)) == 1

    assert words(journal) == [(Fate.ERASED, BOB)]
    assert list(journal.path.parent.iterdir()) == [journal.path]


def test_an_entry_that_waits_while_others_are_forgotten_is_not_lost(journal):
    journal.add(Fate.ERASED, [ALICE])
    writer = threading.Thread(target=journal.add, args=(Fate.ERASED, [BOB]))
    with journal.lock():
        writer.start()
        # It has opened the file that is replaced now, and waits for the lock.
        eventually(lambda: open_files_named("journal") == 2)
        journal.replace([])
    writer.join()

    assert words(journal) == [(Fate.ERASED, BOB)]


def open_files_named(name):
    return sum(link.readlink().name == name for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
