"""Django's backend for PostgreSQL, with cursors for compiled queries and a check of idle connections that is free.

Django looks at a connection once a request: its signals at either end of one reset `health_check_done`.
"""

import select
from typing import Any, Self

import orjson
import psycopg
from django.db.backends.postgresql import base, operations
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.net import InetBinaryLoader


class BinaryJSONLoader(Loader):
    """What a `binary_cursor` gets of a `jsonb`; elsewhere Django parses the text."""

    format = Format.BINARY

    def load(self, data: Any) -> Any:  # Any: a buffer; whatever JSON holds
        # The first byte is the version of the format.
        return orjson.loads(memoryview(data)[1:])


class BinaryAddressLoader(InetBinaryLoader):
    """An address as the text that Django has it as."""

    def load(self, data: Any) -> Any:  # Any: psycopg's signature
        return str(super().load(data))


class PreparingCursor(psycopg.Cursor[Any]):  # Any: rows differ
    """Prepares what it executes. For the whole connection psycopg would also remember the text of all other statements,
    with the values in them.
    """

    def execute(self, *arguments: Any, **options: Any) -> Self:  # Any: psycopg's signature
        self.connection.prepare_threshold = 0
        try:
            return super().execute(*arguments, **options)
        finally:
            self.connection.prepare_threshold = None


class PlanningCursor(psycopg.Cursor[Any]):  # Any: as above
    """Has psycopg quote the values into the SQL: sent beside it, `plan_cache_mode` would leave them out of the plan."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # Any: psycopg's signature
        return super().execute(psycopg.ClientCursor(self.connection).mogrify(query, params), **options)


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:  # Any: Django's signature
        """For the log of queries: where values travel beside the SQL, psycopg remembers it without them, if at all."""
        if isinstance(cursor, psycopg.ClientCursor):
            return super().last_executed_query(cursor, sql, params)
        return self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    health_check_done: bool

    def get_new_connection(self, conn_params: Any) -> psycopg.Connection:  # Any: Django's signature
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("jsonb", BinaryJSONLoader)
        connection.adapters.register_loader("inet", BinaryAddressLoader)
        return connection

    def binary_cursor(self, *, is_prepared: bool = True) -> Any:  # Any: Django's wrapper, which mimics what it wraps
        """A cursor whose results are binary; and whose values travel beside the SQL, so that PostgreSQL can keep the
        plan, if it `is_prepared`.

        Not for Django's own queries (`server_side_binding`): it sends numbers as the type of their column, and one
        that is too large for it is cut off in silence.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            # What a pooler hands on is nobody's to prepare.
            is_pooled = self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
            keeping = psycopg.Cursor if is_pooled else PreparingCursor
            cursor = (keeping if is_prepared else PlanningCursor)(self.connection)
            cursor.format = Format.BINARY
            return self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # not in the stubs

    def close_if_health_check_failed(self) -> None:
        """Without a round trip: on an idle connection the server is silent until it ends it.

        Only if there is something to read, it is asked whether it still holds the connection.
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
