"""Django's backend for PostgreSQL, with prepared statements and a health check without a round trip.

Django checks a connection once per request: the signals at the start and end of a request reset `health_check_done`.
"""

import select
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import orjson
import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base, operations
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.net import InetBinaryLoader

from notes_api.db.error_wrapper import ReleasingErrorWrapper
from notes_api.db.postgresql.primary import Server, primary
from notes_api.db.prepared import Rows, StatementRunner
from notes_api.db.stoppable import StoppableWork
from notes_api.db.timed_cursor import TimedCursor
from notes_api.monitoring.request_record import time_statement


class BinaryJSONLoader(Loader):
    """Loads `jsonb` values in the binary format. For other cursors Django parses the text."""

    format = Format.BINARY

    def load(self, data: Any) -> Any:  # Any: a buffer in, any JSON value out
        # The first byte is the version of the format.
        return orjson.loads(data[1:])


class BinaryAddressLoader(InetBinaryLoader):
    """Loads `inet` values as text, as Django does."""

    def load(self, data: Any) -> Any:  # Any: psycopg's signature
        return str(super().load(data))


class PlanningCursor(psycopg.Cursor[Any]):  # Any: as above
    """Lets PostgreSQL plan for the actual values, by quoting them into the SQL.

    Values sent separately would not influence the plan under `plan_cache_mode`.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # Any: psycopg's signature
        return super().execute(psycopg.ClientCursor(self.connection).mogrify(query, params), **options)


class HookedCursor:
    """What Django's query hooks and its query log see of a prepared statement."""

    def __init__(self, runner: StatementRunner) -> None:
        self.runner = runner
        self.rows: Rows = []

    def execute(self, sql: str, params: Sequence[Any]) -> None:  # Any: each has its own type
        self.rows = self.runner.run(sql, params)

    def close(self) -> None:
        """Do nothing: a statement holds no resources."""


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:  # Any: Django's signature
        """Return the query with its values for Django's query log. psycopg does not keep values sent separately."""
        if isinstance(cursor, psycopg.ClientCursor):
            return super().last_executed_query(cursor, sql, params)
        return self.compose_sql(sql, params)


class DatabaseWrapper(StoppableWork, base.DatabaseWrapper):
    # Whether this work has had a connection, was cancelled, and commits at present.
    was_connected = is_cancelled = is_committing = False
    ops_class = DatabaseOperations
    health_check_done: bool
    # Belong to the present connection, as the statements that it has prepared do.
    runner: StatementRunner
    server: Server

    @cached_property
    def wrap_database_errors(self) -> ReleasingErrorWrapper:
        return ReleasingErrorWrapper(self)

    def allow_commits(self) -> None:
        super().allow_commits()
        self.was_connected = self.connection is not None
        self.is_cancelled = self.is_committing = False

    def begin_cancel(self, *, may_write: bool) -> bool:
        """Return whether the present statement may be cancelled. If so, this work commits nothing more.

        A commit must not be: it may wait for a standby, and a cancel request would end the wait. PostgreSQL would then
        report and show a commit that is lost if the standby becomes the primary. A single statement that writes
        includes its commit, and has PostgreSQL's own time limit.
        """
        with self.stop_lock:
            may_be_committing = self.is_committing or (may_write and self.connection.autocommit)
            self.is_cancelled = self.is_cancelled or not may_be_committing
            return not may_be_committing

    @property
    def may_have_committed(self) -> bool:
        """Whether this work may have sent a statement.

        Whether PostgreSQL has committed one that it was asked to cancel is known only when it has ended.
        """
        return self.was_connected

    def get_connection_params(self) -> dict[str, Any]:  # Any: Django's signature
        params: dict[str, Any] = super().get_connection_params()
        if "target_session_attrs" in params:
            params["host"], params["port"] = primary.first(params["host"], params["port"])
        return params

    def get_new_connection(self, conn_params: Any) -> psycopg.Connection:  # Any: as above
        self.require_time()
        connection: psycopg.Connection = time_statement("CONNECT", super().get_new_connection, conn_params)
        with self.stop_lock:
            if self.has_ended:
                connection.close()
            self.require_time()
            self.was_connected = True
        connection.adapters.register_loader("jsonb", BinaryJSONLoader)
        connection.adapters.register_loader("inet", BinaryAddressLoader)
        self.runner = StatementRunner(connection, is_pooled=self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"])
        self.server = primary.server = (connection.info.host, str(connection.info.port))
        return connection

    def run_prepared(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: each has its own type
        """Run a statement that recurs and return its rows, with the checks and errors of Django's cursors.

        The values are sent separately from the SQL, so that PostgreSQL can reuse the plan. Django's own queries cannot
        use this (`server_side_binding`): Django sends a number as the type of its column, and a number that is too
        large for the type is silently truncated.
        """
        self.close_if_health_check_failed()
        if self.connection is None:
            self.ensure_connection()
        if self.execute_wrappers or self.queries_logged:
            return self.run_with_hooks(sql, values)
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return time_statement(sql, self.runner.run, sql, values)

    def run_with_hooks(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: as above
        hooked = HookedCursor(self.runner)
        with self._prepare_cursor(hooked) as cursor:  # type: ignore[attr-defined]  # not in the stubs
            cursor.execute(sql, values)
        return hooked.rows

    def run_planned(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: as above
        """Run a statement that PostgreSQL plans for the actual values, and return its rows."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            planning = PlanningCursor(self.connection)
            planning.format = Format.BINARY
        with self._prepare_cursor(planning) as cursor:  # type: ignore[attr-defined]  # as above
            cursor.execute(sql, values)
            rows: Rows = cursor.fetchall()
            return rows

    def make_cursor(self, cursor: Any) -> TimedCursor:  # Any: Django's signature
        return TimedCursor(cursor, self)

    def _commit(self) -> None:
        with self.stop_lock:
            if self.is_cancelled:
                raise OperationalError("The request has exceeded its time limit.")
            self.is_committing = True
        try:
            time_statement("COMMIT", super()._commit)  # type: ignore[misc]  # as above
        finally:
            self.is_committing = False

    def _rollback(self) -> None:
        time_statement("ROLLBACK", super()._rollback)  # type: ignore[misc]  # as above

    def is_usable(self) -> bool:
        """Whether the connection can be used after an error. If the server only reads, another one is the primary."""
        try:
            [(read_only,)] = self.connection.execute("SHOW transaction_read_only").fetchall()
        except psycopg.Error:
            return False
        return bool(read_only == "off")

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the connection before the next work if it is broken, old, or one to the former primary."""
        if self.connection is not None and self.server != primary.server:
            self.close()
        super().close_if_unusable_or_obsolete()

    def close_if_health_check_failed(self) -> None:
        """Check the connection without a round trip.

        A server that ends an idle connection sends something before, and rarely sends anything else, such as a changed
        setting. If there is data to read, Django's check queries the server.
        """
        if self.connection is None or self.health_check_done:
            return
        if may_be_lost(self.connection):
            super().close_if_health_check_failed()
        self.health_check_done = True


def may_be_lost(connection: psycopg.Connection) -> bool:
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except psycopg.OperationalError:
        return True
    return bool(poll.poll(0))
