"""Error responses are problems (RFC 9457): `application/problem+json` with a stable `code`."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError
from django.db.utils import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from uuid_utils import uuid7

from notes_api.db.sqlite.group_commit import GroupLost
from notes_api.rest.error_details import detail_of
from notes_api.rest.error_list import MAX_ERRORS, list_errors, shorten
from notes_api.rest.json_types import JSONObject
from notes_api.rest.renderers import FastJSONRenderer

CONTENT_TYPE = "application/problem+json"

# The names in RFC 9110; Python before 3.13 has those of the RFC's predecessors.
PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}

# PostgreSQL's errors for a prepared statement whose plan is outdated after a migration, and for one that it has lost.
# Outside a transaction `notes_api.db.prepared` runs the statement again.
OUTDATED_STATEMENTS = ("0A000", "26000")
# PostgreSQL's error classes 08 connection, 40 rollback, 53 resources and 57 operator, 55P03, lock not available, and
# 25006, read only: the server is no longer the primary.
RETRYABLE_STATES = re.compile(rf"08|40|53|57|55P03|25006|{'|'.join(OUTDATED_STATEMENTS)}")
RETRYABLE_SQLITE = re.compile(r"locked|busy|shared commit|unable to open|disk I/O|full|interrupted", re.IGNORECASE)

# Characters. Some texts of DRF repeat a part of the request, such as its media type.
MAX_DETAIL_LENGTH = 500

NOT_FOUND = "The resource does not exist or belongs to another user."


class Problem(exceptions.APIException):
    """An API exception with additional members and headers."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.headers = dict(headers or {})
        self.members = members


def choose_request_id(header: str | None) -> str:
    """Return the client's request id if it is valid, or a new one."""
    if header and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", header):
        return header
    return uuid7().hex


def make_problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    errors: list[dict[str, str]] | None = None,
    **members: object,
) -> JSONObject:
    """Return the body of an error response (RFC 9457, section 3.1)."""
    return {
        "type": "about:blank",
        "title": PHRASES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": shorten(detail, MAX_DETAIL_LENGTH),
        "code": code,
        "request_id": request_id,
        "errors": errors or [],
        **members,
    }


def problem_response(
    request: HttpRequest, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a problem from code outside DRF: middleware, unknown paths, server errors.

    A request with the attribute `wrap_problem` gets what that makes of the problem, as JSON.
    """
    body, wrap = make_problem(status, code, detail, getattr(request, "id", "")), getattr(request, "wrap_problem", None)
    if wrap is not None:
        return HttpResponse(orjson.dumps(wrap(body)), status=status, content_type="application/json", headers=headers)
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:  # Any: DRF's signature
    """Return the problem for an exception of DRF or Django; None for any other, which becomes a 500."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, SuspiciousOperation):
        # Otherwise Django logs a traceback for every form with too many fields.
        exc = exceptions.ParseError("The body is malformed.")
    if not isinstance(exc, exceptions.APIException):
        return None
    if (detail := detail_of(exc, context["view"], context["request"])) is not None:
        exc.detail = exceptions.ErrorDetail(detail, exc.default_code)
    body = problem_body(exc, context["request"].id)
    # Errors are JSON even if the response would have been YAML or plain text.
    context["request"].accepted_renderer = FastJSONRenderer()
    context["request"].accepted_media_type = CONTENT_TYPE
    return Response(body, status=exc.status_code, headers=problem_headers(exc), content_type=CONTENT_TYPE)


def problem_body(exc: exceptions.APIException, request_id: str, max_errors: int = MAX_ERRORS) -> JSONObject:
    """Return the problem that describes an API exception. It lists at most `max_errors` errors."""
    members = exc.members if isinstance(exc, Problem) else {}
    errors = list_errors(exc.detail, max_errors) if isinstance(exc, exceptions.ValidationError) else []
    return make_problem(exc.status_code, problem_code(exc), problem_detail(exc), request_id, errors, **members)


def problem_code(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "invalid"
    if isinstance(exc, exceptions.ParseError):
        return "malformed"
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else str(exc.default_code)


def problem_detail(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "The request is invalid; `errors` lists the fields."
    if isinstance(exc, exceptions.NotFound):
        return NOT_FOUND
    return str(exc.detail)


def problem_headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = dict(exc.headers) if isinstance(exc, Problem) else {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def is_retryable(error: Exception) -> bool:
    """Whether the database is unavailable or busy, so that a retry can succeed."""
    if isinstance(error, GroupLost):
        return True
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state:
        return RETRYABLE_STATES.match(state) is not None
    if type(cause).__module__ == "sqlite3":
        return RETRYABLE_SQLITE.search(str(error)) is not None
    return isinstance(error, OperationalError | InterfaceError)


def is_outdated(error: Exception) -> bool:
    """Whether the transaction failed because a prepared statement is outdated or lost."""
    return getattr(error.__cause__, "sqlstate", None) in OUTDATED_STATEMENTS


def unavailable_response(request: HttpRequest) -> HttpResponse:
    """Return 503 with `Retry-After`, for retryable errors of the database."""
    detail = "The database is unavailable or busy. Retry the request with the same precondition or Idempotency-Key."
    return problem_response(request, 503, "service_unavailable", detail, {"Retry-After": "1"})
