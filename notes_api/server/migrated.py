"""Whether the database has all migrations of this version, and requests that fail because it has not."""

import logging
import re
import threading
import time

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from notes_api.db.migration_state import read_migration_state
from notes_api.monitoring.logs import describe_cause
from notes_api.monitoring.request_record import current_record
from notes_api.rest.problems import problem_response

logger = logging.getLogger(__name__)

# PostgreSQL's errors for a missing table and a missing column. SQLite has only messages.
MISSING_STATES = ("42P01", "42703")
MISSING_SQLITE = re.compile(r"no such (table|column)|has no column named")
DETAIL = "The database of the server is not migrated yet. Try again when its operator has finished the upgrade."
# Seconds for which a process that waits for a migration does not look again: that takes longer than a request.
PAUSE = 1.0


class Migrations:
    def __init__(self) -> None:
        self.are_applied, self.looked_at = threading.Event(), float("-inf")
        self.is_reported = threading.Event()

    def check(self) -> bool:
        """Whether all are applied. A positive result is kept."""
        if not self.are_applied.is_set():
            state = read_migration_state(connection)
            if state.pending:
                return False
            if state.newer_version_notice:
                logger.warning(state.newer_version_notice)
            self.are_applied.set()
        return True

    def may_be_missing(self) -> bool:
        """Whether some were missing at the last look. Raises `DatabaseError`."""
        if time.monotonic() < self.looked_at + PAUSE:
            return not self.are_applied.is_set()
        self.looked_at = time.monotonic()
        return not self.check()

    def explain(self, error: Exception) -> bool:
        """Whether the statement failed because migrations are missing. The log says so once in each process."""
        try:
            if not is_missing(error) or not self.may_be_missing():
                return False
        except DatabaseError:
            return False
        if not self.is_reported.is_set():
            self.is_reported.set()
            logger.error(
                "Requests fail until the database is migrated: run `manage.py migrate`. %s", describe_cause(error)
            )
        return True


migrations = Migrations()


def is_missing(error: Exception) -> bool:
    """Whether a table or column does not exist."""
    if not isinstance(error, DatabaseError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state in MISSING_STATES if state else MISSING_SQLITE.search(str(error)) is not None


def respond_before_migration(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return 503 if the request failed because migrations are missing; None for any other error."""
    if not migrations.explain(error):
        return None
    if (record := current_record.get()) is not None:
        record.refusal = "database"
    return problem_response(request, 503, "service_unavailable", DETAIL, {"Retry-After": "5"})
