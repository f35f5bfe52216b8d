"""Django's cursors, which add the time of each statement to the record of the present request."""

from typing import Any

from django.db.backends.utils import CursorWrapper

from notes_api.monitoring.request_record import time_statement


class TimedCursor(CursorWrapper):
    """Times statements as Django runs them: with placeholders instead of values."""

    def _execute(self, sql: str, params: Any, *context: Any) -> Any:  # Any: Django's signature
        return time_statement(sql, super()._execute, sql, params, *context)  # type: ignore[misc]  # not in the stubs

    def _executemany(self, sql: str, param_list: Any, *context: Any) -> Any:  # Any: as above
        return time_statement(sql, super()._executemany, sql, param_list, *context)  # type: ignore[misc]  # as above


class TimedFetchingCursor(TimedCursor):
    """Times the fetching too: SQLite looks for most rows only then."""

    sql = ""

    def _execute(self, sql: str, params: Any, *context: Any) -> Any:  # Any: as above
        self.sql = sql
        return super()._execute(sql, params, *context)

    def fetchone(self) -> Any:  # Any: a row
        return time_statement(self.sql, self.db.wrap_database_errors(self.cursor.fetchone))

    def fetchmany(self, *size: int) -> Any:  # Any: rows
        return time_statement(self.sql, self.db.wrap_database_errors(self.cursor.fetchmany), *size)

    def fetchall(self) -> Any:  # Any: rows
        return time_statement(self.sql, self.db.wrap_database_errors(self.cursor.fetchall))
