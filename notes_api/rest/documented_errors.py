"""Error responses in the OpenAPI document: their descriptions, headers and the schema of a problem."""

from drf_spectacular.plumbing import build_array_type, build_basic_type, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

from notes_api.rest.problems import CONTENT_TYPE

DESCRIPTIONS = {
    400: "The request is invalid; `errors` lists the fields.",
    401: "The credentials are missing or invalid.",
    403: "The credentials are valid but do not allow this operation.",
    404: "The resource does not exist or belongs to another user.",
    405: "The resource does not support this method; `Allow` lists those it supports.",
    406: "The resource has no representation that `Accept` allows.",
    408: "The request body did not arrive in time.",
    409: "The request conflicts with the present state.",
    410: "The cursor has expired or predates a restored backup: start again without one.",
    412: "`If-Match` or `If-None-Match` failed; `current` is the present state.",
    413: "The request body is larger than this resource accepts, or its JSON has too many names and values.",
    415: "This resource does not accept the media type of the request body.",
    422: "This `Idempotency-Key` was used with a different request.",
    428: "This server requires `If-Match` on every write.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    503: "The database is unavailable or busy; `Retry-After` says how many seconds to wait.",
    507: "The account or the disk of the server is full. Requests that free space still work.",
}
HEADERS = {
    401: ("WWW-Authenticate", "`Bearer`; with `error` if a token was sent (RFC 6750)."),
    403: ("WWW-Authenticate", "`Bearer` with the required `scope`, if a scope is missing (RFC 6750)."),
    412: ("ETag", "The present version."),
    429: ("Retry-After", "Seconds."),
    503: ("Retry-After", "Seconds."),
}
PROBLEM = build_object_type(
    description="An error response (RFC 9457).",
    properties={
        "type": {"type": "string", "format": "uri-reference"},
        "title": build_basic_type(OpenApiTypes.STR),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": build_basic_type(OpenApiTypes.STR),
        "code": {"type": "string", "description": "A stable identifier for programs."},
        "request_id": build_basic_type(OpenApiTypes.STR),
        "errors": build_array_type(
            build_object_type(
                properties={name: {"type": "string"} for name in ("field", "code", "message")},
                required=["field", "code", "message"],
            )
        ),
    },
    required=["type", "title", "status", "detail", "code", "request_id", "errors"],
)
PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}


def documented_errors(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the error responses of an operation, as `extend_schema` expects them."""
    return {
        (status, CONTENT_TYPE): OpenApiResponse(PROBLEM_REFERENCE, description=DESCRIPTIONS[status])
        for status in statuses
    }
