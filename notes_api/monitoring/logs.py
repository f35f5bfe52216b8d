"""Logging: one line per event on standard error, without passwords, tokens, links, or the text and tags of notes."""

import logging.config
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from django.db import Error
from django.http import HttpRequest

from notes_api.monitoring.log_format import JSONFormatter, TextFormatter
from notes_api.monitoring.request_record import current_record
from notes_api.monitoring.routes import describe_request_path

logger = logging.getLogger("notes_api.database")

# gunicorn and uvicorn give these handlers of their own in each worker, before Django is set up.
SERVER_LOGGERS = ("gunicorn.error", "uvicorn.error")


class SafeTracebacks(logging.Formatter):
    """Formats tracebacks without the values of a query."""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have stored its own text of the traceback.
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802  # Any: the standard library's name and type
        text = super().formatException(ei)
        for error in error_chain(ei[1]):
            if isinstance(error, Error | psycopg.Error) and str(error):
                text = text.replace(str(error), describe_database_error(error))
        return text


class SafeTextFormatter(SafeTracebacks, TextFormatter):
    pass


class SafeJSONFormatter(SafeTracebacks, JSONFormatter):
    pass


FORMATTERS: Mapping[str, type[SafeTracebacks]] = {"text": SafeTextFormatter, "json": SafeJSONFormatter}


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and those that a traceback shows before it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def describe_database_error(error: BaseException) -> str:
    """Return the first line of the message: the others quote the row.

    The first line of a data exception (class 22 of SQLSTATE) quotes a value too.
    """
    original = error if isinstance(error, psycopg.Error) else error.__cause__
    state = getattr(original, "sqlstate", None) or ""
    return f"SQLSTATE {state}" if state.startswith("22") else str(error).partition("\n")[0]


def hide_path(record: logging.LogRecord) -> bool:
    """Replace the path in a message of Django about a request: it may contain the name of a tag."""
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
        route = describe_request_path(request)
        record.args = tuple(route if value == request.path else value for value in record.args)
    return True


def has_traceback(record: logging.LogRecord) -> bool:
    """Return whether a line of Django about an error response says more than the access log."""
    return record.exc_info is not None


def log_failure(error: BaseException) -> None:
    """Log why the database did not carry out the present request, and record that this is why it is refused."""
    logger.warning("A request failed: %s", describe_cause(error))
    if (record := current_record.get()) is not None:
        record.refusal = "database"


def describe_cause(error: BaseException) -> str:
    """Return the code of a failed statement, SQLSTATE or SQLite's, and the first line of the message."""
    codes = [
        f"SQLSTATE {each.sqlstate}" if isinstance(each, psycopg.Error) else getattr(each, "sqlite_errorname", "")
        for each in error_chain(error)
        if getattr(each, "sqlstate", None) or hasattr(each, "sqlite_errorname")
    ]
    return f"{codes[-1] if codes else type(error).__name__}: {describe_database_error(error)}"


def configure(options: Mapping[str, str]) -> None:
    """Log everything from LOG_LEVEL upwards to standard error, in LOG_FORMAT. This is Django's LOGGING_CONFIG."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": FORMATTERS[options["format"]]}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["paths"]},
            },
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "filters": {"tracebacks": {"()": lambda: has_traceback}, "paths": {"()": lambda: hide_path}},
            "loggers": {
                "django.request": {"level": "ERROR", "filters": ["tracebacks"]},
                # Django logs a traceback, with text from the request, when it refuses a request as suspicious, for
                # example because of a filter that the admin does not offer. The access log shows the 400.
                "django.security": {"level": "CRITICAL"},
                "django.security.csrf": {"level": options["level"]},
                # At DEBUG it logs codes and refresh tokens.
                "oauthlib": {"level": "WARNING"},
                **{name: {"handlers": [], "propagate": True} for name in SERVER_LOGGERS},
            },
        }
    )
