"""A file outside of the database with the ids of erased accounts, so that a restore can erase them again.

Each line has a time, a word and an id. `begun` is written before an account is deleted, `erased` after the commit. If
the process dies in between, only the database knows whether the commit happened. A purge or a restore asks it later and
adds `erased` or `kept`. `erased` is final: no account gets the id of another one.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from notes_api.db.backups.directory import sync


class Fate(StrEnum):
    BEGUN = "begun"
    ERASED = "erased"
    KEPT = "kept"


class Entry(NamedTuple):
    time: datetime
    fate: Fate
    account_id: UUID

    @classmethod
    def parse(cls, line: str) -> "Entry | None":
        """Return the entry; None if the line is torn, because a disk was full or the machine lost its power."""
        try:
            time, fate, account_id = line.split(" ")
            return cls(datetime.fromisoformat(time).astimezone(), Fate(fate), UUID(account_id))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.time.isoformat()} {self.fate} {self.account_id}\n"


class ErasureJournal:
    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, fate: Fate, account_ids: Iterable[UUID]) -> None:
        """Append an entry for each account, and write it to the disk. Raises `OSError`."""
        text = "".join(str(Entry(timezone.now(), fate, account_id)) for account_id in account_ids)
        if not text:
            return
        with self.lock() as descriptor:
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            write_whole(descriptor, f"\n{text}" if is_torn else text)
            if not size:
                sync(self.path.parent)

    def read(self) -> tuple[list[Entry], int]:
        """Return the entries in the order of time, and how many lines are torn. Raises `OSError`."""
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines() if self.path.exists() else []
        entries = [entry for line in lines if line and (entry := Entry.parse(line))]
        return sorted(entries), len([line for line in lines if line]) - len(entries)

    def forget_before(self, moment: datetime) -> int:
        """Remove older entries and torn lines; return how many entries were removed. Raises `OSError`."""
        if not self.path.exists():
            return 0
        with self.lock():
            entries, torn = self.read()
            newer = [entry for entry in entries if entry.time >= moment]
            if torn or len(newer) < len(entries):
                self.replace(newer)
        return len(entries) - len(newer)

    def replace(self, entries: Iterable[Entry]) -> None:
        successor = self.path.with_name(f"{self.path.name}.new")
        successor.unlink(missing_ok=True)
        descriptor = os.open(successor, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            give_to_owner(descriptor, self.path)
            write_whole(descriptor, "".join(map(str, entries)))
        finally:
            os.close(descriptor)
        successor.replace(self.path)
        sync(self.path.parent)

    @contextmanager
    def lock(self) -> Iterator[int]:
        """Open the file as the only process that writes to it, and yield its descriptor."""
        descriptor = self.open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another process may have replaced the file before it released the lock.
            while not self.is_current(descriptor):
                os.close(descriptor)
                descriptor = self.open()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def open(self) -> int:
        descriptor = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC, 0o600)
        if not os.fstat(descriptor).st_size:
            give_to_owner(descriptor, self.path.parent)
        return descriptor

    def is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False


def fates(entries: Iterable[Entry]) -> dict[UUID, Fate]:
    """Return what is known of each account, from entries in the order of time."""
    known: dict[UUID, Fate] = {}
    for entry in entries:
        if known.get(entry.account_id) != Fate.ERASED:
            known[entry.account_id] = entry.fate
    return known


def give_to_owner(descriptor: int, example: Path) -> None:
    """Give a new file to the owner of another one, who runs the server, if this is root."""
    if os.geteuid() == 0:
        owner = example.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def write_whole(descriptor: int, text: str) -> None:
    """Write the text to the disk. Raises `OSError` if only a part fits."""
    content = text.encode()
    if os.write(descriptor, content) < len(content):
        raise OSError("Only a part of the entry was written, because the disk is full.")
    os.fsync(descriptor)
