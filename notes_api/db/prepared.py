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
from psycopg.abc import Buffer, PQGen, Transformer
from psycopg.adapt import PyFormat
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from notes_api.monitoring.request_record import RequestRecord, current_record

Rows = list[tuple[Any, ...]]  # Any: columns differ
Types = tuple[int, ...] | None
# Waits for the results of what was sent. The generator yields while the socket is not ready.
WaitForResults = Callable[[PQGen[list[PGresult]]], list[PGresult]]

# A statement, its values and their formats.
Dumped = tuple["PreparedStatement", Sequence[Buffer | None], Sequence[Format] | None]

# The most statements that are kept prepared for one connection.
MAX_PREPARED = 100


@dataclass
class Prefetch:
    """A statement that a request is expected to run, and its rows once they have been read with another statement."""

    sql: str
    values: Sequence[Any]  # Any: each has its own type
    rows: Rows | None = None


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
        record = current_record.get()
        try:
            if record is not None and record.prefetch is not None:
                return self.run_with_prefetch(sql, values, record)
            return self.run_once(sql, values)
        except (InvalidSqlStatementName, FeatureNotSupported):
            # The session has lost its prepared statements, or a migration has changed a column since they were planned.
            self.prepared.clear()
            if self.is_pooled or self.pgconn.transaction_status != TransactionStatus.IDLE:
                raise
            self.execute(b"DEALLOCATE ALL")
            return self.run_once(sql, values)

    def run_with_prefetch(self, sql: str, values: Sequence[Any], record: RequestRecord) -> Rows:  # Any: as above
        """Send the statement that the request expects to run together with this one, or use the rows of an earlier one.

        Rows are used only for the very next statement, and not in a transaction: they might be outdated.
        """
        expected: Prefetch = record.prefetch
        record.prefetch = None
        is_idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        if is_idle and self.connection.autocommit and not self.is_pooled:
            if expected.rows is None:
                rows = self.run_both(sql, values, expected)
                record.prefetch = expected if expected.rows is not None else None
                return rows
            if (expected.sql, expected.values) == (sql, values):
                return expected.rows
        return self.run_once(sql, values)

    def run_once(self, sql: str, values: Sequence[Any]) -> Rows:  # Any: as above
        # Django begins a transaction by turning autocommit off. psycopg's cursors then send BEGIN when they need it.
        if not self.connection.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self.execute(b"BEGIN")
        statement, parameters, formats = self.dump(sql, values)
        if self.is_pooled:
            numbered = number_parameters(sql, len(values))
            self.pgconn.send_query_params(numbered, parameters, self.dumper.types, formats, Format.BINARY)
        else:
            self.pgconn.send_query_prepared(statement.name, parameters, formats, Format.BINARY)
        return load_rows(statement, self.receive())

    def dump(self, sql: str, values: Sequence[Any]) -> Dumped:  # Any: as above
        """Return the statement, its values as the database takes them, and their formats."""
        parameters = self.dumper.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self.dumper.types, self.dumper.formats
        if self.is_pooled:
            return PreparedStatement(b"", adapt.Transformer(self.connection)), parameters, formats
        return self.prepare(sql, len(values), types), parameters, formats

    def run_both(self, sql: str, values: Sequence[Any], expected: Prefetch) -> Rows:  # Any: as above
        """Run two statements in one round trip, and return the rows of the first."""
        sent = [self.dump(*statement) for statement in ((sql, values), (expected.sql, expected.values))]
        self.pgconn.enter_pipeline_mode()
        for statement, parameters, formats in sent:
            self.pgconn.send_query_prepared(statement.name, parameters, formats, Format.BINARY)
        self.pgconn.pipeline_sync()
        results = self.wait(fetch_pipeline(self.pgconn))
        self.pgconn.exit_pipeline_mode()
        rows = load_rows(sent[0][0], check(results[0]))
        # Otherwise the request runs it again, and gets its error.
        if results[1].status == ExecStatus.TUPLES_OK:
            expected.rows = load_rows(sent[1][0], results[1])
        return rows

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
        return check(self.wait(execute(self.pgconn))[-1])


def check(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result


def fetch_pipeline(pgconn: PGconn) -> PQGen[list[PGresult]]:
    """Send what is in the pipeline, and return the result of each statement."""
    yield from send(pgconn)
    results: list[PGresult] = []
    while (fetched := (yield from fetch_many(pgconn)))[-1].status != ExecStatus.PIPELINE_SYNC:
        results.append(fetched[-1])
    return results


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
