"""Requests that find the disk of the database full: 507 if they would store something."""

from django.http import HttpRequest, HttpResponse

from notes_api.db.storage import storage
from notes_api.monitoring.request_record import current_record
from notes_api.rest.problems import Problem, problem_response, unavailable_response

DETAIL = "The disk of the server is full, so nothing can be stored. Repeat this when its operator has made room."


def require_room() -> None:
    """Raise the problem if nothing can be stored at the moment."""
    if storage.refuses_to_store:
        raise Problem(507, "storage_full", DETAIL)


def require_room_for_request() -> None:
    """Raise the problem for the present request, and record why it is refused."""
    if storage.refuses_to_store:
        if (record := current_record.get()) is not None:
            record.refusal = "database"
        raise Problem(507, "storage_full", DETAIL)


def storage_full_response(request: HttpRequest) -> HttpResponse:
    """Return the response to a request that failed because the disk was full."""
    storage.report_full()
    if storage.may_be_repeated and not getattr(request, "stores_data", False):
        return unavailable_response(request)
    return problem_response(request, 507, "storage_full", DETAIL)
