"""Stop what a thread does on its database connections, from another thread."""

import os
import socket
import sqlite3
import struct
from contextlib import suppress

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import pq

from notes_api.db.sqlite import base as sqlite
from notes_api.db.stoppable import StoppableWork

# Seconds in which a database server that is alive cancels a statement, or answers.
CANCEL_SECONDS = 0.3
# SSLRequest in PostgreSQL's protocol: its length and its code. The answer is one letter.
TLS_REQUEST = struct.pack("!II", 8, 80877103)


def stop_statement(connection: BaseDatabaseWrapper, *, may_write: bool) -> bool:
    """Stop the present statement, unless it may be committing. Return False if the database does not respond.

    What PostgreSQL does not stop for this, it stops at its own `statement_timeout`. SQLite is not interrupted while it
    commits.
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
        if pgconn.transaction_status in (pq.TransactionStatus.IDLE, pq.TransactionStatus.UNKNOWN):
            return True
        if not connection.begin_cancel(may_write=may_write):  # type: ignore[attr-defined]  # PostgreSQL's has it
            return responds(pgconn.socket)
        database.cancel_safe(timeout=CANCEL_SECONDS)
    except Exception:  # noqa: BLE001  # as above
        return False
    return True


def responds(descriptor: int) -> bool:
    """Whether the server of this socket answers the request for TLS that may begin a connection."""
    with socket.socket(fileno=os.dup(descriptor)) as present, socket.socket(present.family) as other:
        other.settimeout(CANCEL_SECONDS)
        other.connect(present.getpeername())
        other.sendall(TLS_REQUEST)
        return bool(other.recv(1))


def allow_commits(connection: BaseDatabaseWrapper) -> None:
    """Call this before each job of the thread."""
    if isinstance(connection, StoppableWork):
        connection.allow_commits()


def forbid_commits(connection: BaseDatabaseWrapper, *, force: bool) -> bool:
    """Let the thread commit nothing more. Return False if its work may have been committed already."""
    return connection.forbid_commits(force=force) if isinstance(connection, StoppableWork) else True
