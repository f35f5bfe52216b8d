"""What `/metrics` shows of all workers together. Labels have few values: routes, never paths; no ids, no addresses."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from notes_api.monitoring.request_record import Refusal, RequestRecord
from notes_api.monitoring.worker_files import forget_dead_workers, take_number

# gunicorn's master process names the directory; without it there is one process.
DIRECTORY = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]) if "PROMETHEUS_MULTIPROC_DIR" in os.environ else None
if DIRECTORY is not None:
    number = take_number(DIRECTORY)
    # As the documentation of prometheus-client suggests for servers that number their workers.
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REGISTRY = CollectorRegistry()

requests = Counter(
    "notes_requests", "Requests. The status is 0 if the client got no response.", ["method", "route", "status"],
    registry=REGISTRY,
)  # fmt: skip
response_seconds = Histogram(
    "notes_response_seconds", "Until a response began, without the time that the client took to send the body.",
    ["method", "route"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
queue_seconds = Histogram(
    "notes_queue_seconds", "Waiting for a thread or a database connection, for each request.",
    buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
database_seconds = Counter(
    "notes_database_seconds", "Waiting for the database.", ["method", "route"], registry=REGISTRY
)
refusals = Counter("notes_refusals", "Requests that were not carried out, by reason.", ["reason"], registry=REGISTRY)
security_events = Counter(
    "notes_security_events", "Log-ins and other events of the security log.", ["event"], registry=REGISTRY
)
mails = Counter("notes_mails", "Mails that were sent or not.", ["outcome"], registry=REGISTRY)
queue_length = Gauge("notes_queue_length", "Requests that wait.", multiprocess_mode="livesum", registry=REGISTRY)
connections = Gauge("notes_connections", "Open connections.", multiprocess_mode="livesum", registry=REGISTRY)
streams = Gauge("notes_streams", "Open event streams.", multiprocess_mode="livesum", registry=REGISTRY)
workers = Gauge("notes_workers", "Worker processes.", multiprocess_mode="livesum", registry=REGISTRY)
stored_bytes = Gauge(
    "notes_stored_bytes", "The size of the database.", multiprocess_mode="mostrecent", registry=REGISTRY
)
# Prometheus calls what it scrapes a job, so the label has another name.
daily_work_done = Gauge(
    "notes_daily_work_done_timestamp_seconds", "When a daily job was last done, or the server installed.", ["task"],
    multiprocess_mode="mostrecent", registry=REGISTRY,
)  # fmt: skip
daily_work_seconds = Gauge(
    "notes_daily_work_seconds", "How long a daily job last took.", ["task"],
    multiprocess_mode="mostrecent", registry=REGISTRY,
)  # fmt: skip
daily_work_failures = Gauge(
    "notes_daily_work_failures", "Attempts that failed since the daily work was last done.",
    multiprocess_mode="mostrecent", registry=REGISTRY,
)  # fmt: skip
outbox_waiting = Gauge(
    "notes_outbox_waiting", "Entries of the outbox that are not done yet.", multiprocess_mode="mostrecent",
    registry=REGISTRY,
)  # fmt: skip
outbox_oldest_seconds = Gauge(
    "notes_outbox_oldest_seconds", "The age of the oldest of them.", multiprocess_mode="mostrecent", registry=REGISTRY
)
outbox_failed = Gauge(
    "notes_outbox_failed", "Entries of the outbox that are not tried any more.", multiprocess_mode="mostrecent",
    registry=REGISTRY,
)  # fmt: skip

# What reads the database, once a minute.
measures: list[Callable[[], None]] = []

# Counters that start at 0 show the first event too.
for reason in get_args(Refusal):
    refusals.labels(reason)
for outcome in ("sent", "failed"):
    mails.labels(outcome)


def on_measure(measure: Callable[[], None]) -> None:
    """Register a function that sets gauges to what it finds in the database."""
    measures.append(measure)


def count_request(record: RequestRecord) -> None:
    """Count a request that has ended."""
    method = record.method if record.method in METHODS else OTHER
    requests.labels(method, record.route, record.status or 0).inc()
    response_seconds.labels(method, record.route).observe(record.response_seconds)
    queue_seconds.observe(record.queue_seconds)
    database_seconds.labels(method, record.route).inc(record.database_seconds)
    # A client that leaves an event stream is not refused.
    if record.refusal is not None and (record.status is None or record.status >= 400):
        refusals.labels(record.refusal).inc()


def render() -> bytes:
    """Return the metrics of all workers in the text format of Prometheus."""
    if DIRECTORY is None:
        return generate_latest(REGISTRY)
    forget_dead_workers(DIRECTORY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(DIRECTORY))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
