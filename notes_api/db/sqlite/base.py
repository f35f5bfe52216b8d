"""Django's backend for SQLite. In a server, transactions that wait for each other are committed together."""

import sqlite3
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.backends.sqlite3 import base

from notes_api.db.error_wrapper import ReleasingErrorWrapper
from notes_api.db.prepared import Rows
from notes_api.db.sqlite import group_commit
from notes_api.db.stoppable import StoppableWork
from notes_api.db.timed_cursor import TimedFetchingCursor
from notes_api.monitoring.request_record import time_statement


class DatabaseWrapper(StoppableWork, base.DatabaseWrapper):
    # This thread's connection to the database while `self.connection` is the one that the process shares.
    own_connection: sqlite3.Connection | None = None

    @cached_property
    def wrap_database_errors(self) -> ReleasingErrorWrapper:
        return ReleasingErrorWrapper(self)

    def run_prepared(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: each has its own type
        """Run a statement and return its rows. SQLite plans none for the values, and Python's module prepares them."""
        with self.cursor() as cursor:
            cursor.execute(sql, values)
            rows: Rows = cursor.fetchall()
            return rows

    run_planned = run_prepared

    def make_cursor(self, cursor: Any) -> TimedFetchingCursor:  # Any: Django's signature
        return TimedFetchingCursor(cursor, self)

    def _start_transaction_under_autocommit(self) -> None:
        time_statement("BEGIN", self.begin)

    def _commit(self) -> None:
        time_statement("COMMIT", self.commit_own_or_shared)

    def _rollback(self) -> None:
        time_statement("ROLLBACK", self.roll_back_own_or_shared)

    def allow_commits(self) -> None:
        super().allow_commits()
        self.is_committing = self.has_committed = False

    @property
    def may_have_committed(self) -> bool:
        return self.is_committing or self.has_committed

    def begin_commit(self) -> None:
        with self.stop_lock:
            self.require_time()
            self.is_committing = True

    def end_commit(self) -> None:
        self.is_committing, self.has_committed = False, True

    def begin(self) -> None:
        self.require_time()
        shared = group_commit.shared_writer
        if shared is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
            return
        with self.wrap_database_errors:
            connection = shared.join(self.connect_for_all)
        with self.stop_lock:
            self.own_connection, self.connection = self.connection, connection

    def interrupt(self) -> None:
        """Interrupt the present statement of this thread from another thread, but not a commit.

        The connection that all threads share is this one's only while it is its turn.
        """
        with self.stop_lock:
            # The thread may close it in the meantime.
            connection = self.connection
            if connection is not None and not self.is_committing:
                connection.interrupt()

    def connect_for_all(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.get_new_connection(self.get_connection_params())
        # As Django does: without it, Python's module would begin transactions of its own.
        connection.isolation_level = None
        return connection

    def commit_own_or_shared(self) -> None:
        self.begin_commit()
        try:
            if self.own_connection is None:
                super()._commit()  # type: ignore[misc]  # not in the stubs
            else:
                self.leave_group(is_kept=True)
        finally:
            self.end_commit()

    def roll_back_own_or_shared(self) -> None:
        if self.own_connection is None:
            super()._rollback()  # type: ignore[misc]  # not in the stubs
        else:
            # If `leave` raises, Django would run these after the next transaction of this thread.
            self.run_on_commit = []
            self.leave_group(is_kept=False)

    def leave_group(self, *, is_kept: bool) -> None:
        with self.stop_lock:
            self.connection, self.own_connection = self.own_connection, None
        assert group_commit.shared_writer is not None  # noqa: S101  # this thread has joined it
        with self.wrap_database_errors:
            group_commit.shared_writer.leave(is_kept=is_kept)
