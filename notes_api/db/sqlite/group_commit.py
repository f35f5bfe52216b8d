"""Group commit: transactions of several threads become one transaction of SQLite, with one sync of the disk for all.

SQLite has one writer at a time, and each commit waits for the disk. Threads therefore write over one connection of the
process, one after the other, each in a savepoint. The last one of a group commits. No thread goes on before the commit
that holds its changes is on the disk. Between processes a lock file takes turns: SQLite itself would poll.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable

# A group that has this many transactions, or is this many seconds old, lets another process write.
MAX_GROUP, MAX_GROUP_SECONDS = 32, 0.05
# Seconds that a transaction waits for its turn, as long as SQLite would.
TIMEOUT = 20.0


class Turns:
    """A lock that threads get in the order in which they asked for it."""

    def __init__(self) -> None:
        self.mutex = threading.Lock()
        self.waiting: deque[threading.Lock] = deque()
        self.is_taken = False

    def acquire(self, timeout: float) -> bool:
        with self.mutex:
            if not self.is_taken:
                self.is_taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self.waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        with self.mutex:
            if turn not in self.waiting:
                return True  # it was this thread's turn just after the time ran out
            self.waiting.remove(turn)
            return False

    def pass_on(self) -> bool:
        """Give the turn to the next thread that waits. Return False, and keep it, if there is none."""
        with self.mutex:
            if self.waiting:
                self.waiting.popleft().release()
                return True
            return False

    def release(self) -> None:
        with self.mutex:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self.is_taken = False


class ProcessTurns:
    """A lock file that processes get in turn. The kernel releases it when a process dies.

    A process that wants to write first locks the place in front of the writer. So the one that has just written has to
    wait for the one that is waiting there.
    """

    FRONT, WRITER = 0, 1

    def __init__(self, path: str) -> None:
        self.path = path
        self.file: int | None = None

    def acquire(self) -> None:
        if self.file is None:
            self.file = self.open()
        fcntl.lockf(self.file, fcntl.LOCK_EX, 1, self.FRONT)
        fcntl.lockf(self.file, fcntl.LOCK_EX, 1, self.WRITER)
        fcntl.lockf(self.file, fcntl.LOCK_UN, 1, self.FRONT)

    def open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise sqlite3.OperationalError(f"unable to open the lock file: {error}") from error

    def release(self) -> None:
        assert self.file is not None  # noqa: S101  # `acquire` opened it
        fcntl.lockf(self.file, fcntl.LOCK_UN, 1, self.WRITER)


class Group:
    """Transactions that are committed together."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.size = 0
        self.has_ended = threading.Event()
        self.error: sqlite3.Error | None = None

    @property
    def is_full(self) -> bool:
        return self.size >= MAX_GROUP or time.monotonic() - self.began > MAX_GROUP_SECONDS


class GroupLost(Exception):
    """What a transaction has read was never committed. It may be part of an error that was about to be returned."""


class SharedWriter:
    """The connection over which the threads of this process write."""

    def __init__(self, lock_path: str) -> None:
        self.turns = Turns()
        self.process_turns = ProcessTurns(lock_path)
        self.connection: sqlite3.Connection | None = None
        self.group: Group | None = None

    def join(self, connect: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
        """Wait for this thread's turn and return the connection, in a savepoint. Always call `leave` after it."""
        if not self.turns.acquire(TIMEOUT):
            raise sqlite3.OperationalError("database is locked")
        try:
            if self.connection is None:
                self.connection = connect()
            if self.group is None:
                self.process_turns.acquire()
                self.group = Group()
                self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute("SAVEPOINT member")
        except BaseException as error:
            self.end_group(error if isinstance(error, sqlite3.Error) else None)
            raise
        return self.connection

    def leave(self, *, is_kept: bool) -> None:
        """End the savepoint, and return when its changes are on the disk. Raises the error of the commit."""
        group, error = self.group, None
        assert group is not None  # noqa: S101  # `join` began one
        try:
            self.end_savepoint(is_kept=is_kept)
        except sqlite3.Error as exc:
            # SQLite rolls back the whole transaction after some errors, such as a full disk.
            error = exc
        group.size += 1
        if error is not None or group.is_full or not self.turns.pass_on():
            self.end_group(error)
        group.has_ended.wait()
        if group.error is not None:
            # A retry can succeed whatever the error says, because another member may have caused it.
            kind = sqlite3.OperationalError if is_kept or error is not None else GroupLost
            raise kind(f"the shared commit failed: {group.error}") from group.error

    def end_savepoint(self, *, is_kept: bool) -> None:
        assert self.connection is not None  # noqa: S101  # as above
        if not is_kept:
            self.connection.execute("ROLLBACK TO member")
        self.connection.execute("RELEASE member")

    def end_group(self, error: sqlite3.Error | None) -> None:
        """Commit the group, or roll it back after an error, and let others write. Needs the turn."""
        group, self.group = self.group, None
        try:
            if group is not None:
                group.error = self.finish(error)
        finally:
            if group is not None:
                self.process_turns.release()
            self.turns.release()
            if group is not None:
                group.has_ended.set()

    def finish(self, error: sqlite3.Error | None) -> sqlite3.Error | None:
        """Commit, unless there was an error. Return the error, after rolling back."""
        connection = self.connection
        assert connection is not None  # noqa: S101  # as above
        try:
            if error is None:
                connection.execute("COMMIT")
                return None
        except sqlite3.Error as exc:
            error = exc
        try:
            connection.rollback()
        except sqlite3.Error:
            # The connection would refuse to begin another transaction.
            self.connection = None
            connection.close()
        return error


# Set in servers only: migrations and commands change the settings of their connection before a transaction.
shared_writer: SharedWriter | None = None


def enable(database_path: str) -> None:
    """Let all transactions of this process write over one connection."""
    global shared_writer  # noqa: PLW0603  # one for each process
    shared_writer = SharedWriter(f"{database_path}-lock")
