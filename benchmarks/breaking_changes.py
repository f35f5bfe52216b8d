"""List the changes of the OpenAPI document that break clients which were made from an earlier one.

    python -m benchmarks.breaking_changes benchmarks/openapi_baseline.json openapi.json

The names of schemas do not matter, only what requests may and responses can contain. The command prints each change
and exits with 1 if there is one. `make schema` writes `openapi.json`; the baseline is the document of the last release.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from accounts.scopes import expand_scopes
from benchmarks.schema_changes import REQUEST, RESPONSE, Documents
from notes_api.rest.json_types import JSONObject

Changes = Iterator[str]


def breaking_changes(before: JSONObject, after: JSONObject) -> Changes:
    documents = Documents(before, after)
    for path, operations in before["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            following = after["paths"].get(path, {}).get(method)
            if following is None:
                yield f"{name}: removed"
            else:
                yield from operation_changes(documents, operation, following, name)


def operation_changes(documents: Documents, before: JSONObject, after: JSONObject, name: str) -> Changes:
    if before["operationId"] != after["operationId"]:
        yield f"{name}: operationId changed"
    # A client with a scope that includes the required one keeps its access.
    if missing := set(after.get("x-scopes", [])) - expand_scopes(before.get("x-scopes", [])):
        yield f"{name}: requires {', '.join(sorted(missing))}"
    if any(scheme not in after.get("security", []) for scheme in before.get("security", [])) or (
        after.get("security") and not before.get("security")
    ):
        yield f"{name}: accepts fewer credentials"
    yield from parameter_changes(documents, before, after, name)
    yield from body_changes(documents, before.get("requestBody"), after.get("requestBody"), name)
    yield from response_changes(documents, before, after, name)


def parameter_changes(documents: Documents, before: JSONObject, after: JSONObject, name: str) -> Changes:
    earlier, later = documents.parameters(before, after)
    for key, parameter in later.items():
        if parameter.get("required") and not earlier.get(key, {}).get("required"):
            yield f"{name}: {key} became required"
    for key, parameter in earlier.items():
        if key not in later:
            yield f"{name}: {key} removed"
        else:
            yield from documents.schema_changes(parameter["schema"], later[key]["schema"], f"{name}: {key}", REQUEST)


def body_changes(documents: Documents, before: JSONObject | None, after: JSONObject | None, name: str) -> Changes:
    if before is None:
        if after is not None and after.get("required"):
            yield f"{name}: a body became required"
        return
    if after is None:
        yield f"{name}: the body was removed"
        return
    if after.get("required") and not before.get("required"):
        yield f"{name}: the body became required"
    yield from content_changes(documents, before, after, f"{name}: body", REQUEST)


def response_changes(documents: Documents, before: JSONObject, after: JSONObject, name: str) -> Changes:
    for status, response in before["responses"].items():
        following = after["responses"].get(status)
        if following is None:
            if status < "400":
                yield f"{name}: {status} removed"
            continue
        earlier, later = documents.resolve(response, following)
        for header in earlier.get("headers", {}).keys() - later.get("headers", {}).keys():
            yield f"{name}: {status}: {header} removed"
        yield from content_changes(documents, earlier, later, f"{name}: {status}", RESPONSE)


def content_changes(documents: Documents, before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
    for media_type, body in before.get("content", {}).items():
        following = after.get("content", {}).get(media_type)
        if following is None:
            yield f"{name}: {media_type} removed"
        else:
            yield from documents.schema_changes(body["schema"], following["schema"], name, side)


def main(before: str, after: str) -> int:
    found = sorted(set(breaking_changes(*(json.loads(Path(name).read_text()) for name in (before, after)))))
    print("\n".join(found) or "No change breaks a client.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
