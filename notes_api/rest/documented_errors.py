"""Error responses in the OpenAPI document: their descriptions, headers, examples and the schema of a problem."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from notes_api.rest.json_types import JSONObject
from notes_api.rest.problems import CONTENT_TYPE, NOT_FOUND, make_problem

DESCRIPTIONS = {
    400: "The request is invalid; `errors` lists the fields.",
    401: "The credentials are missing or invalid.",
    403: "The credentials are valid but do not allow this operation.",
    404: "The resource does not exist or belongs to another user.",
    406: "The resource has no representation that `Accept` allows.",
    408: "The request body did not arrive in time.",
    409: "The request conflicts with the present state.",
    410: "The cursor has expired or predates a restored backup: start again without one.",
    412: "`If-Match` or `If-None-Match` failed. `current` is the present state of a note.",
    413: "The request body is larger than this resource accepts, or its JSON has too many names and values.",
    414: "The URL is longer than 16 KiB.",
    415: "This resource does not accept the media type of the request body.",
    416: "The `Range` begins after the end.",
    422: "This `Idempotency-Key` was used with a different request.",
    428: "This server requires `If-Match` on every write.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    431: "A header is longer than 8 KiB, or all headers together than 64 KiB.",
    503: "The database is unavailable or busy; `Retry-After` says how many seconds to wait.",
    507: "The account or the disk of the server is full. Requests that free space still work.",
}
HEADERS = {
    401: ("WWW-Authenticate", "`Bearer`; with `error` if a token was sent (RFC 6750)."),
    403: ("WWW-Authenticate", "`Bearer` with the required `scope`, if a scope is missing (RFC 6750)."),
    412: ("ETag", "The present version."),
    416: ("Content-Range", "`bytes */` and the length."),
    429: ("Retry-After", "Seconds."),
    503: ("Retry-After", "Seconds."),
}
# The code and the detail of each example.
EXAMPLES = {
    400: ("invalid", DESCRIPTIONS[400]),
    401: ("not_authenticated", "Log in first, and send the token as `Authorization: Bearer <token>`."),
    403: ("insufficient_scope", "This token lacks the scope `notes:edit`."),
    404: ("not_found", NOT_FOUND),
    406: ("not_acceptable", "Name `application/json` or `text/markdown` in `Accept`."),
    408: ("request_timeout", DESCRIPTIONS[408]),
    409: ("id_unavailable", "This id is not available: choose another."),
    410: ("cursor_expired", "This cursor has expired or belongs to another account: start again without `since`."),
    412: ("precondition_failed", "The precondition failed; `current` is the present state."),
    413: ("payload_too_large", "The request body is larger than 8388608 bytes."),
    414: ("uri_too_long", "The URL may have at most 16384 bytes."),
    415: ("unsupported_media_type", "Send the body as `application/json`, and say so in `Content-Type`."),
    416: ("range_not_satisfiable", "The archive has 1000000 bytes."),
    422: ("idempotency_key_reused", DESCRIPTIONS[422]),
    428: ("precondition_required", "This server requires `If-Match`: send the ETag of the version that you have."),
    429: ("throttled", "Too many requests. Retry in 30 seconds."),
    431: ("headers_too_large", "All headers may have at most 65536 bytes."),
    503: ("service_unavailable", "The database is unavailable or busy."),
    507: ("quota_exceeded", "The account would use more than 1000000 bytes: purge notes or delete earlier texts."),
}
ERROR = {"field": "title", "code": "required", "message": "This field is required."}
# The errors whose problem can have more members, and the schema that describes them.
CONFLICTS = {409: "Conflict", 412: "Conflict"}


@extend_schema_field({"type": "string", "format": "uri-reference"})
class UriField(serializers.CharField):
    pass


class FieldErrorSerializer(serializers.Serializer[Any]):  # Any: no instance
    """What is wrong with one member, parameter or header of the request."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):  # Any: no instance
    """An error response (RFC 9457)."""

    type = UriField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    code = serializers.CharField(help_text="A stable identifier for programs.")
    request_id = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]  # a member, not the attribute of DRF
    error = serializers.CharField(required=False, help_text="Only where tokens are issued (RFC 6749).")
    error_description = serializers.CharField(required=False, help_text="As `error`.")


def documented_errors(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the error responses of an operation, as `extend_schema` expects them."""
    return {(status, CONTENT_TYPE): OpenApiResponse(ProblemSerializer) for status in statuses}


def error_response(status: int) -> JSONObject:
    """Return the description of an error response, which all operations share."""
    schema = {"$ref": f"#/components/schemas/{CONFLICTS.get(status, 'Problem')}"}
    response = {
        "description": DESCRIPTIONS[status],
        "content": {CONTENT_TYPE: {"schema": schema, "example": example_of(status)}},
    }
    if status in HEADERS:
        name, description = HEADERS[status]
        response["headers"] = {name: {"schema": {"type": "string"}, "description": description}}
    return response


def example_of(status: int) -> JSONObject:
    code, detail = EXAMPLES[status]
    errors = [ERROR] if code == "invalid" else []
    return make_problem(status, code, detail, "01a20412035e759d92ddfaa0b9fd944f", errors)
