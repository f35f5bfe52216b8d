"""Run statements through libpq: PostgreSQL parses and plans each of them once per connection.

Running a short statement with a cursor costs the server more than the database. This module is the only place that
sends prepared statements and reads their rows. `DatabaseWrapper.run_prepared` calls it and keeps Django's checks.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import adapt
from psycopg.abc import PQGen, Transformer
from psycopg.adapt import PyFormat
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

Rows = list[tuple[Any, ...]]  # Any: columns differ
Types = tuple[int, ...] | None
# Waits for the results of what was sent. The generator yields while the socket is not ready.
WaitForResults = Callable[[PQGen[list[PGresult]]], list[PGresult]]

# The most statements that are kept prepared for one connection.
MAX_PREPARED = 100


@dataclass
class PreparedStatement:
    name: bytes
    # Converts the rows. It has the right functions for their columns once the first result has set them.
    transformer: Transformer
    is_loader_set: bool = False


class StatementRunner:
    """Runs statements on one connection and remembers those that it has prepared."""

    def __init__(self, connection: psycopg.Connection, *, is_pooled: bool, wait: WaitForResults | None = None) -> None:
        self.connection = connection
        self.pgconn = connection.pgconn
        # Behind a pooler the next transaction may get another session, without the prepared statements.
        self.is_pooled = is_pooled
        # The only function that waits for the database.
        self.wait: WaitForResults = wait or connection.wait
        self.dumper: Transformer = adapt.Transformer(connection)
        # psycopg sends a number as the smallest type that holds it, so the same SQL may be prepared for several types.
        self.prepared: OrderedDict[tuple[str, Types], PreparedStatement] = OrderedDict()
        self.count = 0

    def run(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: each has its own type
        """Run the SQL with `%s` in the place of each value, and return the rows."""
        try:
            return self.run_once(sql, values)
        except (InvalidSqlStatementName, FeatureNotSupported):
            # The session has lost its prepared statements, or a migration has changed a column since they were planned.
            self.prepared.clear()
            if self.is_pooled or self.pgconn.transaction_status != TransactionStatus.IDLE:
                raise
            self.execute(b"DEALLOCATE ALL")
            return self.run_once(sql, values)

    def run_once(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: as above
        # Django begins a transaction by turning autocommit off. psycopg's cursors then send BEGIN when they need it.
        if not self.connection.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self.execute(b"BEGIN")
        dumper = self.dumper
        parameters = dumper.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = dumper.types, dumper.formats
        if self.is_pooled:
            statement = PreparedStatement(b"", adapt.Transformer(self.connection))
            self.pgconn.send_query_params(
                number_parameters(sql, len(values)), parameters, types, formats, Format.BINARY
            )
        else:
            statement = self.prepare(sql, len(values), types)
            self.pgconn.send_query_prepared(statement.name, parameters, formats, Format.BINARY)
        return load_rows(statement, self.receive())

    def prepare(self, sql: str, count: int, types: Types) -> PreparedStatement:
        """Return the statement for values of these types, and prepare it if this connection has not done so."""
        key = (sql, types)
        statement = self.prepared.get(key)
        if statement is not None:
            self.prepared.move_to_end(key)
            return statement
        self.count += 1
        statement = PreparedStatement(b"notes_api_%d" % self.count, adapt.Transformer(self.connection))
        self.pgconn.send_prepare(statement.name, number_parameters(sql, count), types)
        self.receive()
        self.prepared[key] = statement
        if len(self.prepared) > MAX_PREPARED:
            _, oldest = self.prepared.popitem(last=False)
            self.execute(b"DEALLOCATE " + oldest.name)
        return statement

    def execute(self, command: bytes) -> None:
        self.pgconn.send_query(command)
        self.receive()

    def receive(self) -> PGresult:
        """Wait for the result of what was sent. Raises the error of the database."""
        result = self.wait(execute(self.pgconn))[-1]
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result)
        return result


def load_rows(statement: PreparedStatement, result: PGresult) -> Rows:
    transformer = statement.transformer
    transformer.set_pgresult(result, set_loaders=not statement.is_loader_set)
    statement.is_loader_set = True
    rows: Rows = transformer.load_rows(0, result.ntuples, tuple)
    # The statement would otherwise keep the rows in memory until its next run.
    transformer.set_pgresult(None, set_loaders=False)
    return rows


@lru_cache(4 * MAX_PREPARED)
def number_parameters(sql: str, count: int) -> bytes:
    """Return the SQL with PostgreSQL's `$1` and `$2` instead of `%s`, and `%` instead of `%%`."""
    return (sql % tuple(f"${number}" for number in range(1, count + 1))).encode()
