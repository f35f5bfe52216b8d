"""Health checks: whether the process is alive, and whether it can serve requests."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from notes_api.db.storage import storage
from notes_api.monitoring.logs import log_failure
from notes_api.rest.decorators import read_only
from notes_api.rest.problems import problem_response
from notes_api.server.migrated import migrations
from notes_api.server.shutdown import is_service_ending


@read_only
def livez(request: HttpRequest) -> HttpResponse:
    """Return 200 while the process responds. The database is not checked: a restart would not repair it."""
    return JsonResponse({"status": "ok"})


@read_only
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if the database responds and is migrated, and the server is not shutting down; 503 otherwise.

    `writes` says whether notes can be stored. With a full disk the process still serves reads.
    """
    if reason := _reason_not_ready():
        return problem_response(request, 503, "not_ready", reason, {"Retry-After": "1"})
    return JsonResponse({"status": "ok", "writes": "disk_full" if storage.is_full else "ok"})


def _reason_not_ready() -> str:
    """Return why the process cannot serve requests; empty if it can."""
    if is_service_ending():
        return "The server is shutting down."
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not migrations.check():
            return "The database is not migrated: run `manage.py migrate`."
    except DatabaseError as error:
        log_failure(error)
        return "The database does not respond."
    return ""
