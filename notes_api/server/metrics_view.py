"""`GET /metrics`, for Prometheus."""

import os
import time
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST

from notes_api.background_tasks import run_in_background
from notes_api.monitoring.metrics import measures, render, stored_bytes
from notes_api.rest.decorators import read_only
from notes_api.rest.problems import problem_response

# Seconds between two measurements of the database.
MEASURING_INTERVAL = 60.0
_measured_at = -MEASURING_INTERVAL


@read_only
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all workers. Uses no database connection, so that it works while the database is away."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not is_metrics_token(request.headers.get("Authorization", "")):
        detail = "Send METRICS_TOKEN as a bearer token."
        return problem_response(request, 401, "invalid_token", detail, {"WWW-Authenticate": "Bearer"})
    measure_soon()
    return HttpResponse(render(), content_type=CONTENT_TYPE_LATEST)


def is_metrics_token(authorization: str) -> bool:
    return bool(settings.METRICS_TOKEN) and constant_time_compare(authorization, f"Bearer {settings.METRICS_TOKEN}")


def measure_soon() -> None:
    """Measure the database in the background, unless it was measured a short time ago."""
    global _measured_at  # noqa: PLW0603  # one for each process
    if time.monotonic() - _measured_at >= MEASURING_INTERVAL:
        _measured_at = time.monotonic()
        run_in_background(measure_all)


def measure_all() -> None:
    with suppress(DatabaseError):
        stored_bytes.set(database_size())
        for measure in measures:
            measure()


def database_size() -> int:
    """Return the size of the database in bytes, on SQLite with its write-ahead log."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size: int = cursor.fetchone()[0]
            return size
    files = [f"{connection.settings_dict['NAME']}{suffix}" for suffix in ("", "-wal")]
    return sum(os.stat(file).st_size for file in files if os.path.exists(file))  # noqa: PTH110, PTH116  # a string
