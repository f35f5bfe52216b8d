"""Is the process alive; can it serve."""

import threading

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from notes_api.draining import is_draining
from notes_api.methods import read_only
from notes_api.problems import problem_response

_migrated = threading.Event()


@read_only
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches no database: a restart would not bring that back."""
    return JsonResponse({"status": "ok"})


@read_only
def readyz(request: HttpRequest) -> HttpResponse:
    """The process may be sent requests: the database answers, is migrated, and no shutdown has begun."""
    if refusal := _reason_not_to_serve():
        return problem_response(request, 503, "not_ready", refusal, {"Retry-After": "1"})
    return JsonResponse({"status": "ok"})


def _reason_not_to_serve() -> str:
    if is_draining():
        return "This process is shutting down."
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            return "The database is not migrated: run `manage.py migrate`."
    except DatabaseError:
        return "The database does not answer."
    return ""


def _is_migrated() -> bool:
    """Once it is, it stays so: reading all migrations at every probe would cost more than the rest."""
    if not _migrated.is_set():
        if is_behind():
            return False
        _migrated.set()
    return True


def is_behind() -> bool:
    """Whether the database lacks a migration. Reads them all."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
