"""The access log: one line for each request, written when its response has ended."""

import logging

from django.conf import settings

from notes_api.monitoring.metrics import count_request
from notes_api.monitoring.request_record import RequestRecord, current_record
from notes_api.monitoring.routes import describe_path, describe_route

logger = logging.getLogger("notes_api.access")
slow_logger = logging.getLogger("notes_api.slow")

# Characters of a statement that are logged. A search for many words is longer.
MAX_SQL_LENGTH = 1000


class AccessLine(dict[str, object]):
    """The fields of a line, for LOG_FORMAT=json; as a string, the line for LOG_FORMAT=text."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__(
            message=f"{record.method} {record.route} {record.status or '-'}",
            method=record.method,
            route=record.route,
            status=record.status,
            total_ms=milliseconds(record.ended_at - record.arrived_at),
            body_ms=milliseconds(record.body_seconds),
            queue_ms=milliseconds(record.queue_seconds),
            database_ms=milliseconds(record.database_seconds),
            run_ms=milliseconds(record.run_seconds - record.database_seconds),
        )
        if record.account_id is not None:
            self["account_id"] = str(record.account_id)
        if record.credential_id is not None:
            self["credential_id"] = str(record.credential_id)
        if record.refusal is not None:
            self["refusal"] = record.refusal

    def __str__(self) -> str:
        line = "{message} {total_ms} ms body {body_ms} queue {queue_ms} database {database_ms} run {run_ms}"
        account = " account {account_id}" if "account_id" in self else ""
        credential = " credential {credential_id}" if "credential_id" in self else ""
        refusal = " refused {refusal}" if "refusal" in self else ""
        return f"{line}{account}{credential}{refusal}".format_map(self)


class SlowLine(dict[str, object]):
    """The same for a slow request: its slowest statement, with placeholders instead of values."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__(
            message=f"{record.method} {record.route} took {milliseconds(record.response_seconds)} ms",
            method=record.method,
            route=record.route,
            response_ms=milliseconds(record.response_seconds),
            statement_ms=milliseconds(record.slowest_seconds),
            statement=" ".join(record.slowest_sql.split())[:MAX_SQL_LENGTH],
        )

    def __str__(self) -> str:
        return "{message}, its slowest statement {statement_ms} ms: {statement}".format_map(self)


def is_server_fault(record: RequestRecord) -> bool:
    """Return whether the server failed. A full account (507) is the client's problem, like any 4xx."""
    return record.status is not None and record.status >= 500 and (record.status != 507 or record.refusal is not None)


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def end_request(record: RequestRecord) -> None:
    """Write the line of a request whose response has ended, and another one if the response took long to begin."""
    record.end()
    record.route = describe_route(record.route) if record.route else describe_path(record.path)
    if record.tool:
        record.route = f"{record.route} {record.tool}"
    if settings.METRICS_TOKEN:
        count_request(record)
    token = current_record.set(record)
    try:
        level = logging.WARNING if is_server_fault(record) else logging.INFO
        if logger.isEnabledFor(level):
            logger.log(level, AccessLine(record))
        is_slow = settings.SLOW_REQUEST_MS and record.response_seconds * 1000 > settings.SLOW_REQUEST_MS
        if is_slow and record.slowest_sql:
            slow_logger.warning(SlowLine(record))
    finally:
        current_record.reset(token)
