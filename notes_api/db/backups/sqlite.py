"""Backups of the embedded SQLite: whole copies of the file, made with SQLite's backup API."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from notes_api.db.backups.directory import locked, sync
from notes_api.db.backups.engine import BackupError, Fetch, Progress, T

# Pages copied in one step, 4 MiB with SQLite's usual pages.
STEP_PAGES = 1024
# Files that SQLite keeps beside a database.
COMPANIONS = ("-wal", "-shm", "-journal")
# The bytes of a database file on which every connection in WAL mode holds a lock (https://sqlite.org/fileformat2.html,
# "The Lock-Byte Page"; SHARED_FIRST and SHARED_SIZE in SQLite's source).
LOCKED_BYTES, FIRST_LOCKED_BYTE = 510, 0x40000002


class SqliteEngine:
    name, suffix = "sqlite", ".sqlite3"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        # A link to the file stays a link.
        self.path = Path(connection.settings_dict["NAME"]).resolve()
        self.staged = self.path.with_name(f"{self.path.name}.restoring")

    @property
    def source(self) -> str:
        return str(self.path)

    def write(self, path: Path, describe: Callable[[Fetch], T], progress: Progress) -> T:
        try:
            self.copy(path, progress)
            with closing(sqlite3.connect(path)) as backup:
                # The copy says that it has a write-ahead log, as the original. A backup has to be one file.
                backup.execute("PRAGMA journal_mode = DELETE")
                return describe(lambda statement: backup.execute(statement).fetchall())
        except sqlite3.Error as error:
            raise BackupError(f"SQLite cannot copy {self.path}: {error}.") from error

    def copy(self, path: Path, progress: Progress) -> None:
        # Not read-only: SQLite may have to create the index of the write-ahead log.
        address = f"{self.path.as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=20, isolation_level=None)) as original,
            closing(sqlite3.connect(path, isolation_level=None)) as copy,
        ):
            # One snapshot for all steps: otherwise SQLite would start again whenever somebody has written.
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_master").fetchall()
            # The file is synced when it is complete.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            original.backup(
                copy, pages=STEP_PAGES, progress=lambda _, remaining, total: progress(total - remaining, total)
            )

    def check(self, path: Path) -> None:
        try:
            # Immutable: nothing is created beside the file.
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as backup:
                faults = [*backup.execute("PRAGMA integrity_check(1)"), *backup.execute("PRAGMA foreign_key_check")]
        except sqlite3.Error as error:
            raise BackupError(f"{path} is damaged: {error}.") from error
        if faults != [("ok",)]:
            raise BackupError(f"{path} is damaged: SQLite's checks say {faults[:3]}.")

    def require_unused(self) -> None:
        """Raise if others are connected; otherwise merge the write-ahead log into the file.

        A connection in WAL mode holds a lock on the file for as long as it is open, and to leave the mode takes all of
        them. The server enters it again. A damaged database, which may be the reason for the restore, stays as it is;
        SQLite cannot leave the mode there, so the locks themselves are looked at.
        """
        self.connection.close()
        if not self.path.exists():
            return
        try:
            with closing(sqlite3.connect(self.path, timeout=1)) as database:
                database.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            is_busy = error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if is_busy or is_locked_by_others(self.path):
                message = f"Another process uses {self.path}. Stop the server, then run it again."
                raise BackupError(message) from error

    @contextmanager
    def staging(self) -> Iterator[None]:
        with locked(self.path.parent, f"Another restore is replacing {self.path}."):
            self.connection.close()
            self.connection.settings_dict["NAME"] = self.staged
            try:
                yield
            finally:
                self.connection.close()
                self.connection.settings_dict["NAME"] = self.path
                remove_database(self.staged)

    def load(self, path: Path, progress: Progress) -> None:
        remove_database(self.staged)
        descriptor = os.open(self.staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as staged, path.open("rb") as backup:
            self.give_to_owner(descriptor)
            shutil.copyfileobj(backup, staged, 1024 * 1024)
        self.check(self.staged)

    def give_to_owner(self, descriptor: int) -> None:
        """Give a file to the owner of the database, who runs the server, if this is root."""
        if os.geteuid() == 0:
            former = (self.path if self.path.exists() else self.path.parent).stat()
            os.fchown(descriptor, former.st_uid, former.st_gid)

    def swap(self, label: str) -> str:
        self.connection.close()
        with closing(sqlite3.connect(self.staged)) as staged:
            staged.execute("PRAGMA journal_mode = DELETE")
        sync(self.staged)
        self.require_unused()
        kept = self.keep(label)
        sync(self.path.parent)
        # Only a damaged database still has these. SQLite would read them as part of the new one.
        for companion in COMPANIONS:
            beside(self.path, companion).unlink(missing_ok=True)
        self.staged.replace(self.path)
        sync(self.path.parent)
        return kept

    def keep(self, label: str) -> str:
        """Give the present files a second name, so that at every moment the first one names a whole database."""
        if not self.path.exists():
            return "There was no database before."
        kept = self.path.with_name(f"{self.path.name}.{label}")
        for companion in ("", *COMPANIONS):
            if (original := beside(self.path, companion)).exists():
                link_or_copy(original, beside(kept, companion))
        return f"The former database is {kept}. Delete it when you no longer need it."


def is_locked_by_others(path: Path) -> bool:
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKED_BYTES, FIRST_LOCKED_BYTE)
        except (BlockingIOError, PermissionError):
            return True
    return False


def beside(path: Path, companion: str) -> Path:
    return path.with_name(f"{path.name}{companion}")


def link_or_copy(original: Path, second: Path) -> None:
    try:
        os.link(original, second)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no links.
        shutil.copy2(original, second)
        sync(second)


def remove_database(path: Path) -> None:
    # `migrate` leaves a lock file.
    for companion in ("", "-lock", *COMPANIONS):
        with suppress(FileNotFoundError):
            beside(path, companion).unlink()
