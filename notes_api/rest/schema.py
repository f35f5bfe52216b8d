"""The OpenAPI document as a whole: the order of its operations, and what applies to all of them."""

import threading
from copy import deepcopy
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from notes_api.rest.documented_errors import error_response
from notes_api.rest.introduction import add_introduction
from notes_api.rest.json_types import JSONObject
from notes_api.rest.schema_components import refine_schemas, share_components

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
EVERYWHERE = (400, 429, 503)
WITH_BODY = (408, 413, 415)


class CachedSchemaGenerator(SchemaGenerator):
    """Generates the document once per process: the views do not change, and reading them takes a while."""

    _schemas: ClassVar[dict[bool, JSONObject]] = {}
    # drf-spectacular loads its extensions when it needs them, and fails if two threads do so together.
    _lock: ClassVar = threading.Lock()

    def get_schema(self, request: Any = None, public: bool = False) -> JSONObject:  # Any: spectacular's signature
        with self._lock:
            if public not in self._schemas:
                self._schemas[public] = super().get_schema(None, public)  # type: ignore[no-untyped-call]
        schema = deepcopy(self._schemas[public])
        if request is not None:
            add_prefix(schema, request.META.get("SCRIPT_NAME", ""))
            if settings.OAUTH == "off":
                remove_programs(schema)
        return schema


def add_prefix(schema: JSONObject, prefix: str) -> None:
    """Let a document name the path that a proxy removes, so that Swagger UI and generated clients add it."""
    if not prefix:
        return
    schema["servers"] = [{"url": prefix}]
    for scheme in schema["components"]["securitySchemes"].values():
        for flow in scheme.get("flows", {}).values():
            flow |= {name: f"{prefix}{path}" for name, path in flow.items() if name.endswith("Url")}


def remove_programs(schema: JSONObject) -> None:
    """Let the document of a server without an authorisation server offer no way to get its tokens."""
    del schema["components"]["securitySchemes"]["program"]
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["security"] = [each for each in operation["security"] if "program" not in each]


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


def complete_document(result: JSONObject, generator: Any, request: Any, public: bool) -> JSONObject:  # Any: as above
    add_problems(result)
    describe_scopes(result)
    add_introduction(result)
    refine_schemas(result)
    share_components(result)
    return result


def add_problems(result: JSONObject) -> None:
    """Add to every operation the errors that it shares with others, and describe each kind of error once."""
    used = set()
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            declared = operation["responses"]
            statuses = {int(status) for status in declared if status >= "400"}
            statuses.update(shared_errors(path, method, operation))
            declared |= {str(status): reference("responses", str(status)) for status in statuses}
            operation["responses"] = dict(sorted(declared.items()))
            used |= statuses
    result["components"]["responses"] = {str(status): error_response(status) for status in sorted(used)}


def shared_errors(path: str, method: str, operation: JSONObject) -> list[int]:
    """Return the error statuses that follow from the operation's path, method, content and security."""
    statuses = list(EVERYWHERE)
    if any("content" in response for status, response in operation["responses"].items() if status < "300"):
        statuses.append(406)
    if operation.get("security"):
        statuses += [401, 403]
    if "requestBody" in operation:
        statuses += WITH_BODY
    if "{" in path:
        statuses.append(404)
    if method != "get":
        statuses.append(507)
    return statuses + too_long(operation.get("parameters", []))


def too_long(parameters: list[JSONObject]) -> list[int]:
    """Return the error statuses for a URL or a header that is longer than the server accepts."""
    places = {each["in"] for each in parameters if each["schema"].get("type") in ("string", "array")}
    return [status for status, where in ((414, {"path", "query"}), (431, {"header"})) if places & where]


def reference(kind: str, name: str) -> JSONObject:
    return {"$ref": f"#/components/{kind}/{name}"}


def describe_scopes(result: JSONObject) -> None:
    """Say in each description what `x-scopes` says to programs: OpenAPI 3.0 knows only the scopes of OAuth 2."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if operation.get("security"):
                operation["description"] += "\n\n" + scope_sentence(operation)


def scope_sentence(operation: JSONObject) -> str:
    """Return a sentence that says which credentials the operation accepts."""
    if "x-scopes" not in operation:
        return "Requires a login session; API tokens are not accepted."
    scopes = " ".join(operation["x-scopes"])
    if not scopes:
        return "Accepts any API token."
    creating = " ".join(operation.get("x-scopes-to-create", []))
    return f"API tokens need `{scopes}`{f'; `{creating}` is enough to create' if creating else ''}."
