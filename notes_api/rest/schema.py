"""The OpenAPI document as a whole: the order of its operations, and what applies to all of them."""

from copy import deepcopy
from typing import Any, ClassVar

from drf_spectacular.generators import SchemaGenerator

from notes_api.rest.documented_errors import DESCRIPTIONS, HEADERS, PROBLEM, PROBLEM_REFERENCE
from notes_api.rest.json_types import JSONObject
from notes_api.rest.problems import CONTENT_TYPE

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
EVERYWHERE = (400, 406, 429, 503)
WITH_BODY = (408, 413, 415)


class CachedSchemaGenerator(SchemaGenerator):
    """Generates the document once per process: the views do not change, and reading them takes a while."""

    _schemas: ClassVar[dict[bool, JSONObject]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> JSONObject:  # Any: spectacular's signature
        if public not in self._schemas:
            self._schemas[public] = super().get_schema(None, public)  # type: ignore[no-untyped-call]
        schema = deepcopy(self._schemas[public])
        if request is not None:
            add_prefix(schema, request.META.get("SCRIPT_NAME", ""))
        return schema


def add_prefix(schema: JSONObject, prefix: str) -> None:
    """Let a document name the path that a proxy removes, so that Swagger UI and generated clients add it."""
    if not prefix:
        return
    schema["servers"] = [{"url": prefix}]
    for scheme in schema["components"]["securitySchemes"].values():
        for flow in scheme.get("flows", {}).values():
            flow |= {name: f"{prefix}{path}" for name, path in flow.items() if name.endswith("Url")}


def sort_operations(endpoints: list[Any], **_options: Any) -> list[Any]:  # Any: spectacular's hook
    """Sort the endpoints: accounts first, then by path and method.

    The methods of a path would otherwise come in a different order after each start.
    """
    paths = list(dict.fromkeys(path for path, *_ in endpoints))
    return sorted(
        endpoints,
        key=lambda endpoint: (
            not endpoint[3].cls.__module__.startswith("accounts."),
            paths.index(endpoint[0]),
            METHODS.index(endpoint[2]),
        ),
    )


def add_problems(result: JSONObject, generator: Any, request: Any, public: bool) -> JSONObject:  # Any: as above
    """Add the schema of a problem, and to every operation the error responses that it shares with others."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in shared_errors(path, method, operation):
                operation["responses"].setdefault(str(status), error_response(status))
            operation["responses"] = dict(sorted(operation["responses"].items()))
            add_headers(operation["responses"])
    return result


def shared_errors(path: str, method: str, operation: JSONObject) -> list[int]:
    """Return the error statuses that follow from the operation's path, method, body and security."""
    statuses = list(EVERYWHERE)
    if operation.get("security"):
        statuses += [401, 403]
    if "requestBody" in operation:
        statuses += WITH_BODY
    if "{" in path:
        statuses.append(404)
    if method != "get":
        statuses.append(507)
    return statuses


def error_response(status: int) -> JSONObject:
    return {"description": DESCRIPTIONS[status], "content": {CONTENT_TYPE: {"schema": PROBLEM_REFERENCE}}}


def add_headers(responses: JSONObject) -> None:
    for status, (name, description) in HEADERS.items():
        if str(status) in responses:
            header = {"schema": {"type": "string"}, "description": description}
            responses[str(status)].setdefault("headers", {})[name] = header


def describe_scopes(result: JSONObject, generator: Any, request: Any, public: bool) -> JSONObject:  # Any: as above
    """Say in each description what `x-scopes` says to programs: OpenAPI 3.0 knows only the scopes of OAuth 2."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if operation.get("security"):
                operation["description"] += "\n\n" + scope_sentence(operation)
    return result


def scope_sentence(operation: JSONObject) -> str:
    """Return a sentence that says which credentials the operation accepts."""
    if "x-scopes" not in operation:
        return "Requires a login session; API tokens are not accepted."
    scopes = " ".join(operation["x-scopes"])
    if not scopes:
        return "Accepts any API token."
    creating = " ".join(operation.get("x-scopes-to-create", []))
    return f"API tokens need `{scopes}`{f'; `{creating}` is enough to create' if creating else ''}."
