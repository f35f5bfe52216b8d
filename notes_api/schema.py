"""The OpenAPI document: what drf-spectacular reads off the views, and what every operation can answer."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar, TypeVar

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import build_array_type, build_basic_type, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from notes_api.problems import CONTENT_TYPE

Schema = dict[str, Any]  # Any: OpenAPI nests what it likes
Handler = TypeVar("Handler", bound=Callable[..., Any])  # Any: a view's method

DESCRIPTIONS = {
    "400": "The request does not validate; `errors` says where.",
    "401": "No valid credentials.",
    "403": "The credentials are valid, but may not do this.",
    "404": "Not there, or not yours.",
    "405": "Not a method of this resource; `Allow` lists them.",
    "406": "No representation that `Accept` would take.",
    "408": "The body did not arrive in time.",
    "409": "Taken, or in conflict.",
    "412": "`If-Match` or `If-None-Match` failed; `current` is how the resource is now.",
    "413": "The body is larger than this resource takes.",
    "415": "A body of a type this resource cannot read.",
    "410": "The cursor is too old or from before a restore: start again.",
    "422": "This `Idempotency-Key` was used with another payload.",
    "428": "This server wants `If-Match` on every write.",
    "429": "Too many requests; `Retry-After` says for how many seconds.",
    "503": "The database is away or busy; `Retry-After` says when to repeat.",
    "507": "The account is full. What takes away is never refused.",
}
HEADERS = {
    "401": ("WWW-Authenticate", "`Bearer`, with `error` if a token was sent (RFC 6750)."),
    "403": ("WWW-Authenticate", "`Bearer` with the `scope` that is missing, if that is why (RFC 6750)."),
    "412": ("ETag", "The version it has now."),
    "429": ("Retry-After", "Seconds."),
    "503": ("Retry-After", "Seconds."),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
EVERYWHERE = ("400", "406", "429", "503")
WITH_BODY = ("408", "413", "415")

PROBLEM = build_object_type(
    description="Every refusal (RFC 9457).",
    properties={
        "type": {"type": "string", "format": "uri-reference"},
        "title": build_basic_type(OpenApiTypes.STR),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": build_basic_type(OpenApiTypes.STR),
        "code": {"type": "string", "description": "Stable: for programs to decide by."},
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


NOT_MODIFIED = OpenApiResponse(description="You have it already.")
ETAG = OpenApiParameter("ETag", str, "header", response=[200, 201], description='The version, quoted: `"42"`.')
LOCATION = OpenApiParameter("Location", str, "header", response=[201], description="Where it is.")
LINK = OpenApiParameter("Link", str, "header", response=[200], description='The next page: `<…>; rel="next"`.')
IF_MATCH = OpenApiParameter("If-Match", str, "header", description="Only if it still has this `ETag`, else 412.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, "header", description="A retry with the same key gets the first answer, for 24 hours."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, "header", description="Only if it has another `ETag`; `*`: only if it does not exist."
)


def in_a_fixed_order(endpoints: list[Any], **_options: Any) -> list[Any]:  # Any: spectacular's hook
    """Accounts first, as people meet them; the methods of a path, which come in another order at each start, too."""
    paths = list(dict.fromkeys(path for path, *_ in endpoints))
    return sorted(
        endpoints,
        key=lambda endpoint: (
            not endpoint[3].cls.__module__.startswith("accounts."),
            paths.index(endpoint[0]),
            METHODS.index(endpoint[2]),
        ),
    )


class OnceGenerator(SchemaGenerator):
    """Reads the views once per process: they do not change, and reading them takes a while."""

    _schemas: ClassVar[dict[bool, Schema]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:  # Any: spectacular's signature
        if public not in self._schemas:
            self._schemas[public] = super().get_schema(None, public)  # type: ignore[no-untyped-call]
        return deepcopy(self._schemas[public])


def add_problems(result: Schema, generator: Any, request: Any, public: bool) -> Schema:  # Any: spectacular's hook
    """Give every operation the refusals it can answer, and the schema of a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status in statuses(path, operation):
                operation["responses"].setdefault(status, refusal(status))
            operation["responses"] = dict(sorted(operation["responses"].items()))
            for status in HEADERS.keys() & operation["responses"].keys():
                name, description = HEADERS[status]
                header = {"schema": {"type": "string"}, "description": description}
                operation["responses"][status].setdefault("headers", {})[name] = header
    return result


def add_scopes(result: Schema, generator: Any, request: Any, public: bool) -> Schema:  # Any: spectacular's hook
    """Say to people what `x-scopes` says to programs: OpenAPI 3.0 knows no scopes but those of OAuth 2."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if operation.get("security"):
                operation["description"] += "\n\n" + whose(operation)
    return result


def whose(operation: Schema) -> str:
    if "x-scopes" not in operation:
        return "For log-ins alone."
    scopes = " ".join(operation["x-scopes"])
    creating = " ".join(operation.get("x-scopes-to-create", []))
    needed = f"API tokens need `{scopes}`" if scopes else "Any API token may do this"
    return f"{needed}; to create, `{creating}` is enough." if creating else f"{needed}."


def statuses(path: str, operation: Schema) -> list[str]:
    found = list(EVERYWHERE)
    if operation.get("security"):
        found += ["401", "403"]
    if "requestBody" in operation:
        found += WITH_BODY
    if "{" in path:
        found.append("404")
    return found


def refusal(status: str) -> Schema:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": DESCRIPTIONS[status], "content": content}


def answers(successes: dict[Any, Any], *refusals: int) -> dict[Any, Any]:  # Any: what extend_schema takes
    """The responses of an operation: its successes, and the refusals that not every operation shares."""
    return {**successes, **{(status, CONTENT_TYPE): refusal_of(status) for status in refusals}}


def refusal_of(status: int) -> OpenApiResponse:
    return OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description=DESCRIPTIONS[str(status)])


def documented(operation_id: str, tag: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
    """What every operation says of itself."""
    decorator: Callable[[Handler], Handler] = extend_schema(
        operation_id=operation_id,
        tags=[tag],
        summary=summary,
        **options,
    )
    return decorator


def as_json_or_markdown(status: int, serializer: Any) -> dict[Any, Any]:  # Any: as above
    """One note, or its bare content for a client that accepts only that."""
    return {(status, "application/json"): serializer, (status, "text/markdown"): str}


def example(name: str, value: object, *, status: str | None = None, media_type: str | None = None) -> OpenApiExample:
    """An example of a request body, or of the answer with `status`."""
    if status is None:
        return OpenApiExample(name, value=value, request_only=True, media_type=media_type)
    media_type = media_type or "application/json"
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status], media_type=media_type)
