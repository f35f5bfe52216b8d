"""LOG_FORMAT: records as lines of text or as JSON objects. gunicorn's master process imports this, without Django."""

import logging
import re
import time

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.orjson import OrjsonFormatter

from notes_api.monitoring.request_record import current_record

# With line breaks and escape sequences a client could forge log lines or control a terminal.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
TEXT_FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
JSON_FIELDS = ("asctime", "levelname", "name", "message")
JSON_NAMES = {"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "traceback"}
# Django attaches these to records. Their text contains the path.
OBJECTS = ("request", "status_code", "server_time")


class TextFormatter(logging.Formatter):
    """One line for each record, with the id of its request at the end.

    Escapes control characters in messages; a traceback keeps its line breaks.
    """

    converter = time.gmtime  # type: ignore[assignment]  # as the documentation of `logging` suggests

    def __init__(self) -> None:
        super().__init__(TEXT_FIELDS)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the standard library's name
        record.message = CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), record.message)
        line = super().formatMessage(record)
        request = current_record.get()
        return f"{line} {request.id}" if request is not None and request.id else line


class JSONFormatter(OrjsonFormatter):
    """One JSON object on one line for each record."""

    converter = time.gmtime  # type: ignore[assignment]  # as the documentation of `logging` suggests
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__(JSON_FIELDS, rename_fields=JSON_NAMES, reserved_attrs=[*RESERVED_ATTRS, *OBJECTS])

    def process_log_record(self, log_data: LogData) -> LogData:
        request = current_record.get()
        if request is not None and request.id:
            log_data["request_id"] = request.id
        return log_data


def gunicorn_log_config(log_format: str) -> dict[str, object]:
    """Return the `logconfig_dict` with which gunicorn's master process writes its lines in this format."""
    formatter = {"text": TextFormatter, "json": JSONFormatter}[log_format]
    return {
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
    }
