"""Database connections for requests that run in the thread of the event loop, where nothing may wait.

There Django raises `SynchronousOnlyOperation` for every use of a connection. These connections allow one: prepared
statements, which only read. On PostgreSQL the greenlet of the request lets the loop continue until the rows arrive. On
SQLite a reader waits for nobody. Whatever else a request does, and every error of the database, raises
`SynchronousOnlyOperation`, and the request starts again in a thread.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, TypeVar

import psycopg
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3 import base as sqlite
from django.utils.asyncio import async_unsafe
from greenlet import getcurrent
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus, TransactionStatus

from notes_api.db.postgresql import base as postgresql
from notes_api.db.postgresql.primary import primary
from notes_api.db.prepared import Rows, StatementRunner
from notes_api.monitoring.request_record import time_statement

T = TypeVar("T")


@async_unsafe
def require_thread() -> None:
    """Raise `SynchronousOnlyOperation` in the thread of the event loop: what follows may take long."""


def wait_on_loop(statement: PQGen[T]) -> T:
    """Run a generator of psycopg. When its connection is not ready, continue with the event loop until it is."""
    loop = getcurrent().parent
    assert loop is not None  # noqa: S101  # every request on the loop has a greenlet of its own
    try:
        awaited = next(statement)
        while True:
            awaited = statement.send(loop.switch(awaited))
    except StopIteration as end:
        result: T = end.value
        return result


class RestartAfterErrors:
    """Raises `SynchronousOnlyOperation` where Django would raise an error of its own."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, psycopg.Error | sqlite3.Error):
            raise SynchronousOnlyOperation from error


class OnLoop(BaseDatabaseWrapper):
    def run_planned(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: each has its own type
        """Restart: statements that need a plan of their own may take long."""
        raise SynchronousOnlyOperation

    def close(self) -> None:
        """Close the connection, also in the thread of the event loop: this waits for nobody."""
        self.connection.close()


class PostgresqlConnection(OnLoop, postgresql.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:  # Any: Django's signature
        params: dict[str, Any] = super().get_connection_params()
        params["options"] = f"{params.get('options', '')} -c default_transaction_read_only=on"
        if "target_session_attrs" in params:
            # It makes itself read-only, which `read-write` would reject.
            params["target_session_attrs"] = "primary"
        return params

    def get_new_connection(self, conn_params: Any) -> psycopg.Connection:  # Any: as above
        connection = super().get_new_connection(conn_params)
        self.runner = StatementRunner(connection, is_pooled=False, wait=wait_on_loop)
        return connection

    def close_if_health_check_failed(self) -> None:
        """Do nothing: the loop watches the socket, and an idle connection that the server ends is never used again."""

    @property
    def is_usable_on_loop(self) -> bool:
        pgconn = self.connection.pgconn
        is_idle = pgconn.status == ConnStatus.OK and pgconn.transaction_status == TransactionStatus.IDLE
        return bool(is_idle and self.server == primary.server)


class SqliteConnection(OnLoop, sqlite.DatabaseWrapper):
    is_usable_on_loop = True

    def get_new_connection(self, conn_params: Any) -> sqlite3.Connection:  # Any: Django's signature
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA query_only = ON")
        return connection

    def run_prepared(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: each has its own type
        return time_statement(sql, self.run_now, sql, values)

    def run_now(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: as above
        with self.wrap_database_errors, closing(self.create_cursor()) as cursor:
            rows: Rows = cursor.execute(sql, values).fetchall()
            return rows


LoopConnection = PostgresqlConnection | SqliteConnection


def open_loop_connection() -> LoopConnection:
    """Connect to the database. This waits, so call it in a thread."""
    settings = connections.settings[DEFAULT_DB_ALIAS]
    kind = SqliteConnection if "sqlite" in settings["ENGINE"] else PostgresqlConnection
    connection = kind(settings, DEFAULT_DB_ALIAS)
    # The event loop uses it, which has another thread.
    connection.inc_thread_sharing()
    connection.ensure_connection()
    connection.wrap_database_errors = RestartAfterErrors()  # type: ignore[assignment]  # like it, a context
    return connection
