"""Every refusal is a problem (RFC 9457): `application/problem+json` with a stable `code`."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError
from django.db.utils import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from uuid_utils.compat import uuid7

from notes_api.renderers import FastJSONRenderer

CONTENT_TYPE = "application/problem+json"

# As RFC 9110 calls them; Python before 3.13 has the names of its predecessors.
PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}

# What PostgreSQL says of a prepared statement after a migration; it fails until its session has ended.
OUTDATED = "0A000"
# PostgreSQL's classes: 08 connection, 40 rollback, 53 resources, 57 operator; and 55P03, a lock not to be had.
RETRYABLE_STATES = re.compile(rf"08|40|53|57|55P03|{OUTDATED}")
RETRYABLE_SQLITE = re.compile(r"locked|busy|unable to open|disk I/O|full", re.IGNORECASE)


class Problem(exceptions.APIException):
    """A refusal with members and headers of its own beside the standard ones."""

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


def request_id(header: str | None) -> str:
    """The client's own request id if it is sane, else a new one."""
    if header and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", header):
        return header
    return uuid7().hex


def problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    errors: list[dict[str, str]] | None = None,
    **members: object,
) -> dict[str, object]:
    """The body of a refusal (RFC 9457, section 3.1)."""
    return {
        "type": "about:blank",
        "title": PHRASES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        "errors": errors or [],
        **members,
    }


def problem_response(
    request: HttpRequest, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A problem from where DRF does not reach: middleware, unknown paths, errors."""
    body = problem(status, code, detail, getattr(request, "id", ""))
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:  # Any: DRF's signature
    """DRF's exceptions as problems; None for what is no refusal."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, SuspiciousOperation):
        # Django would log a traceback for whoever sends a form of too many fields.
        exc = exceptions.ParseError("The body is malformed.")
    if not isinstance(exc, exceptions.APIException):
        return None
    body = describe(exc, context["request"].id)
    # Where the answer would have been YAML or plain text, its refusal is JSON all the same.
    context["request"].accepted_renderer = FastJSONRenderer()
    context["request"].accepted_media_type = CONTENT_TYPE
    return Response(body, status=exc.status_code, headers=headers_of(exc), content_type=CONTENT_TYPE)


def describe(exc: exceptions.APIException, request_id: str) -> dict[str, object]:
    """The problem that tells of a refusal."""
    members = exc.members if isinstance(exc, Problem) else {}
    errors = list(field_errors(exc.detail)) if isinstance(exc, exceptions.ValidationError) else []
    return problem(exc.status_code, code_of(exc), detail_of(exc), request_id, errors, **members)


def code_of(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "invalid"
    if isinstance(exc, exceptions.ParseError):
        return "malformed"
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else str(exc.default_code)


def detail_of(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "The request does not validate: `errors` says where."
    if isinstance(exc, exceptions.NotFound):
        return "There is nothing here, or it is not yours."
    return str(exc.detail)


def headers_of(exc: exceptions.APIException) -> dict[str, str]:
    headers = dict(exc.headers) if isinstance(exc, Problem) else {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:  # Any: DRF nests lists, dicts and details
    """DRF's nested errors, flat: one `{"field", "code", "message"}` each; the path is dotted."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, f"{path}.{own}".strip("."))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from field_errors(inner, f"{path}.{position}".strip(".") if nested else path)
    else:
        yield {"field": path, "code": detail.code, "message": str(detail)}


def is_retryable(error: Exception) -> bool:
    """Whether the database is away or busy, rather than the statement wrong."""
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
    """Whether the statement was prepared before a column changed."""
    return getattr(error.__cause__, "sqlstate", None) == OUTDATED


def unavailable(request: HttpRequest) -> HttpResponse:
    detail = "The database is away or busy. Repeat the request with the same precondition or Idempotency-Key."
    return problem_response(request, 503, "service_unavailable", detail, {"Retry-After": "1"})
