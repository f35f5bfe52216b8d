"""A lock that one `manage.py migrate` at a time holds, on all machines that use the database.

It ends with the process that holds it, however that ends.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

ADVISORY_LOCK = 7_310_518_402_664_118
# A byte of the lock file of `notes_api.db.sqlite.group_commit`, which uses the first two.
LOCKED_BYTE = 2
# Seconds to wait for another process, and between two attempts.
PATIENCE, INTERVAL = 600, 0.5


class StillLocked(Exception):
    """Another process has held the lock for the whole time."""


class Unavailable(Exception):
    """There is no lock, because the database cannot be reached."""


class Lock(Protocol):
    def try_acquire(self) -> bool: ...
    def close(self) -> None: ...


class AdvisoryLock:
    """A lock of PostgreSQL. A transaction on a connection of its own holds it, so it also works through a pooler."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.holder = connection.copy()
        self.holder.settings_dict["OPTIONS"]["application_name"] = "notes_api_migrate"

    def try_acquire(self) -> bool:
        # CREATE INDEX CONCURRENTLY waits for all transactions that have a snapshot. This one has none while it is idle,
        # and must not wait inside PostgreSQL.
        self.holder.set_autocommit(False)
        with self.holder.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone()[0]:
                return True
        self.holder.rollback()
        return False

    def close(self) -> None:
        self.holder.close()


class FileLock:
    """A lock on a file beside the database of SQLite."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.descriptor: int | None = None

    def open(self) -> int:
        path = self.database.with_name(f"{self.database.name}-lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.geteuid() == 0 and self.database.exists():
            # The server, which needs the file too, may run as another user.
            owner = self.database.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def try_acquire(self) -> bool:
        if self.descriptor is None:
            self.descriptor = self.open()
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, LOCKED_BYTE)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)


class NoLock:
    """For a database in memory, which no other process can use."""

    def try_acquire(self) -> bool:
        return True

    def close(self) -> None:
        pass


@contextmanager
def hold(connection: BaseDatabaseWrapper, report_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock. Calls `report_wait` if another process has it, and waits for up to `PATIENCE` seconds.

    Raises `StillLocked` or `Unavailable`.
    """
    with closing(lock_of(connection)) as lock:
        try:
            acquire(lock, report_wait)
        except (OSError, OperationalError) as error:
            raise Unavailable(error) from error
        yield


def lock_of(connection: BaseDatabaseWrapper) -> Lock:
    if connection.vendor == "postgresql":
        return AdvisoryLock(connection)
    if connection.is_in_memory_db():  # type: ignore[attr-defined]  # of SQLite only
        return NoLock()
    return FileLock(Path(connection.settings_dict["NAME"]))


def acquire(lock: Lock, report_wait: Callable[[], None]) -> None:
    if lock.try_acquire():
        return
    report_wait()
    give_up_at = time.monotonic() + PATIENCE
    while not lock.try_acquire():
        if time.monotonic() > give_up_at:
            raise StillLocked
        time.sleep(INTERVAL)
