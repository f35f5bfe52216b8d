"""Stop what a thread does on its database connections, from another thread."""

import os
import socket
import sqlite3
from contextlib import suppress

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import pq

from notes_api.db.sqlite import base as sqlite
from notes_api.db.stoppable import StoppableWork

# Seconds in which a database server that is alive cancels a statement.
CANCEL_SECONDS = 0.3


def stop_statement(connection: BaseDatabaseWrapper) -> bool:
    """Stop the present statement, unless it is the end of a transaction. Return False if the database does not respond.

    PostgreSQL cancels what it has not committed, and reports the result of what it has. SQLite is not interrupted while
    it commits.
    """
    if isinstance(connection, sqlite.DatabaseWrapper):
        # The thread may close the connection at any moment.
        with suppress(sqlite3.Error):
            connection.interrupt()
        return True
    database = connection.connection
    pgconn = getattr(database, "pgconn", None)
    if pgconn is None:
        return True
    try:
        if pgconn.transaction_status not in (pq.TransactionStatus.IDLE, pq.TransactionStatus.UNKNOWN):
            database.cancel_safe(timeout=CANCEL_SECONDS)
    except Exception:  # noqa: BLE001  # as above
        return False
    return True


def begin_work(connection: BaseDatabaseWrapper) -> None:
    """Call this before each job of the thread."""
    if isinstance(connection, StoppableWork):
        connection.begin_work()


def end_work(connection: BaseDatabaseWrapper, *, force: bool) -> bool:
    """Let the thread commit nothing more. Return False if its work may have been committed already."""
    return connection.end_work(force=force) if isinstance(connection, StoppableWork) else True


def shut_socket(connection: BaseDatabaseWrapper) -> None:
    """Wake a thread that waits for PostgreSQL. Without such a connection this does nothing.

    When a database server freezes, neither `statement_timeout` nor `tcp_user_timeout` takes effect.
    """
    pgconn = getattr(connection.connection, "pgconn", None)
    if pgconn is None:
        return
    # The thread may close the connection at any moment, and another socket may then get its file descriptor. A closed
    # connection never reopens: if the descriptor is the same after `dup`, the copy is of the right socket.
    with suppress(Exception):
        descriptor = pgconn.socket
        with socket.socket(fileno=os.dup(descriptor)) as copy:
            if pgconn.socket == descriptor:
                copy.shutdown(socket.SHUT_RDWR)
