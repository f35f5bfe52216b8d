"""Whether the disk of the database is full, as far as this process knows.

PostgreSQL says so when a write fails. On SQLite the state is a file that all processes see, the reserve.
"""

import logging
import math
import sqlite3
import time
from contextlib import suppress

from django.db import DatabaseError, connection

from notes_api.db.sqlite import checkpoint_and_truncate
from notes_api.db.sqlite.reserve import Reserve

logger = logging.getLogger(__name__)

# PostgreSQL's error for a full disk.
DISK_FULL = "53100"
# SQLite's errors for one. The second one is about the index of its write-ahead log, which is a file too.
SQLITE_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
# Bytes in free pages of SQLite's file from which notes are stored again, although the disk is full.
FREE_PAGE_BYTES = 1024 * 1024
# Seconds for which the disk of PostgreSQL counts as full after a failed write, and between two lines of the log.
FULL_SECONDS, LOG_SECONDS = 15.0, 60.0


def is_disk_full(error: BaseException | None) -> bool:
    """Whether the database says with this exception, or with its cause, that its disk is full."""
    while error is not None:
        if getattr(error, "sqlstate", None) == DISK_FULL or getattr(error, "sqlite_errorcode", None) in SQLITE_CODES:
            return True
        error = error.__cause__
    return False


class Storage:
    # Set in servers on SQLite.
    reserve: Reserve | None = None

    def __init__(self) -> None:
        self.failed_at = self.logged_at = -math.inf

    def keep_reserve(self, database_path: str) -> None:
        self.reserve = Reserve(database_path)
        if not self.reserve.keep():
            self.log_full()

    def report_full(self) -> None:
        """A write has failed. Make room for requests that store nothing."""
        self.failed_at = time.monotonic()
        self.log_full()
        if self.reserve is not None and self.reserve.is_kept:
            self.reserve.release()
            # The log may hold a large transaction that failed.
            with suppress(DatabaseError):
                checkpoint_and_truncate()

    @property
    def is_full(self) -> bool:
        if self.reserve is not None:
            return not self.reserve.keep() and not has_free_pages()
        return time.monotonic() - self.failed_at < FULL_SECONDS

    @property
    def refuses_to_store(self) -> bool:
        """Whether storing something would take the room from deletions and log-ins. PostgreSQL is always asked."""
        if self.reserve is None or not self.is_full:
            return False
        self.log_full()
        return True

    @property
    def may_be_repeated(self) -> bool:
        """Whether a request that failed, and stores nothing, would succeed now."""
        return self.reserve is not None and self.reserve.was_released_just_now

    def log_full(self) -> None:
        if time.monotonic() - self.logged_at >= LOG_SECONDS:
            self.logged_at = time.monotonic()
            logger.error("The disk of the database is full: nothing can be stored until there is room")


def has_free_pages() -> bool:
    """Whether deletions have left room within SQLite's file."""
    with connection.cursor() as cursor:
        pages, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    return bool(pages * size >= FREE_PAGE_BYTES)


storage = Storage()
