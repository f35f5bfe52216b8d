"""Look at the database itself: whether it answers, is migrated and whole, and whether its clock is right."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from notes.management.doctor.findings import Finding, error, ok, warning
from notes_api.db.migration_state import read_migration_state

# Sessions tolerate a minute between two machines; one-time codes, half of one.
MAX_SKEW = timedelta(seconds=10)
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
RESTORE = "Restore a backup with `manage.py restore`, and check the disk and the memory of the machine."


def check_connection() -> Iterator[Finding]:
    """Raises `DatabaseError`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield ok("database", f"{connection.vendor} responds")


def explain_connection_error(problem: DatabaseError) -> Finding:
    if getattr(problem.__cause__, "sqlite_errorcode", None) in DAMAGED:
        return error("database", f"the file is damaged: {problem}", RESTORE)
    return error("database", f"it cannot be reached: {problem}", "Check that it runs, and the DATABASE_… settings.")


def check_migrations() -> Iterator[Finding]:
    state = read_migration_state(connection)
    if state.pending:
        message = f"{len(state.pending)} are not applied, such as {state.pending[-1]}"
        yield error("migrations", message, "Run `manage.py migrate`.")
    elif state.unknown:
        message = f"{len(state.unknown)} of a newer version are applied, such as {state.unknown[-1]}"
        yield warning("migrations", message, "Finish the upgrade, or go back as docs/upgrading.md says.")
    else:
        yield ok("migrations", "all are applied")


def check_integrity() -> Iterator[Finding]:
    """SQLite checks its whole file. PostgreSQL has checked foreign keys always, and has no check of its files here."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        faults = cursor.execute("PRAGMA integrity_check(3)").fetchall()
        orphans = cursor.execute("PRAGMA foreign_key_check").fetchall()
    if faults != [("ok",)]:
        yield error("integrity", "; ".join(fault for (fault,) in faults), RESTORE)
    elif orphans:
        yield error("integrity", f"{len(orphans)} rows belong to rows that do not exist", RESTORE)
    else:
        yield ok("integrity", "the file is whole, and no row is an orphan")


def check_clock() -> Iterator[Finding]:
    """The clock of PostgreSQL's machine against this one's."""
    if connection.vendor != "postgresql":
        return
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    after = timezone.now()
    skew = max(before - there, there - after, timedelta())
    message = f"this machine and the database differ by {skew.total_seconds():.1f} s"
    if skew > MAX_SKEW:
        yield warning("clock", message, "Synchronise the clocks of all machines, with chrony or systemd-timesyncd.")
    else:
        yield ok("clock", message)
