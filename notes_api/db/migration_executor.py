"""Django's executor of migrations, for a database that is in use and a process that may be killed.

- A migration and the record that it is applied are one transaction. Django writes some records in a second one: killed
  between the two, it would try to create the same tables again.
- While a migration waits for a lock on a table, everybody else who uses the table waits too. So it soon lets the others
  pass, and tries again.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

# Seconds: how long a statement waits for a lock, the pause before the next attempt, and when the last one begins.
LOCK_TIMEOUT, PAUSE, PATIENCE = 0.5, 3.0, 600.0
# PostgreSQL's lock_not_available and deadlock_detected.
LOCK_STATES = ("55P03", "40P01")


class PatientExecutor(MigrationExecutor):
    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        apply = super().apply_migration
        # Copied, because an attempt changes the state.
        return self.attempt(migration, lambda: apply(state.clone(), migration, fake, fake_initial))

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        unapply = super().unapply_migration
        return self.attempt(migration, lambda: unapply(state.clone(), migration, fake))

    def attempt(self, migration: Migration, run: Callable[[], ProjectState]) -> ProjectState:
        """Run a migration, again and again for up to `PATIENCE` seconds while others hold locks that it needs."""
        give_up_at = time.monotonic() + PATIENCE
        context = one_transaction if migration.atomic else without_limits
        while True:
            try:
                with context(self.connection):
                    return run()
            except OperationalError as error:
                if not is_lock_timeout(error) or time.monotonic() > give_up_at:
                    raise
            if self.progress_callback:
                self.progress_callback("lock_wait", migration)
            time.sleep(PAUSE)


@contextmanager
def one_transaction(connection: BaseDatabaseWrapper) -> Iterator[None]:
    # SQLite cannot turn the checks off later.
    with connection.constraint_checks_disabled(), transaction.atomic(connection.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


@contextmanager
def without_limits(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Turn off the limits of requests, because building an index takes long.

    An index that is built concurrently waits for others, but nobody waits for it. Through a pooler in transaction mode
    the limits of the role apply.
    """
    if connection.vendor != "postgresql" or connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        # The connection may be lost, or its transaction aborted.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")


def is_lock_timeout(error: OperationalError) -> bool:
    cause: Any = error.__cause__  # Any: the error of either database module
    is_busy = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    return is_busy or getattr(cause, "sqlstate", None) in LOCK_STATES
