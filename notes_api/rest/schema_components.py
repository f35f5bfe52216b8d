"""The parts of the OpenAPI document that several operations share: each is described once, in `components`."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from notes_api.rest.converters import IdConverter
from notes_api.rest.json_types import JSON, JSONObject

ID_PATTERN = f"^{IdConverter.regex}$"
INT32_MAX = 2**31 - 1
# Part of an operation: where it is, at which key, and the name that it has there.
Place = tuple[Any, Any, str]  # Any: a list and a position, or an object and a name


def refine_schemas(result: JSONObject) -> None:
    """Correct what drf-spectacular cannot know."""
    refine(result)
    # The server that the document comes from.
    result["servers"] = [{"url": "/"}]
    for operation in operations_of(result):
        operation.setdefault("security", [])
        require_body(result, operation)
    for _, response in responses_of(result):
        response["description"] = response.get("description") or "The result."


def require_body(result: JSONObject, operation: JSONObject) -> None:
    """Say that a body is required if its JSON has required members, also if the body can be a text instead."""
    body = operation.get("requestBody", {})
    reference = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    if result["components"]["schemas"].get(reference.rpartition("/")[2], {}).get("required"):
        body["required"] = True


def refine(value: JSON) -> None:
    """Give integers and ids their format."""
    if isinstance(value, list):
        for item in value:
            refine(item)
    if not isinstance(value, dict):
        return
    value.pop("x-spec-enum-id", None)
    if value.get("type") == "integer" and value.get("maximum", INT32_MAX + 1) > INT32_MAX:
        value["format"] = "int64"
    if value.get("pattern") == ID_PATTERN:
        del value["pattern"]
        value["format"] = "uuid"
    for member in value.values():
        refine(member)


def share_components(result: JSONObject) -> None:
    """Move the parameters, headers and examples that occur several times to `components`."""
    for kind, find in {"parameters": parameters_of, "headers": headers_of, "examples": examples_of}.items():
        components = result["components"].setdefault(kind, {})
        share(components, kind, list(find(result)))
        result["components"][kind] = dict(sorted(components.items()))


def share(components: JSONObject, kind: str, places: list[Place]) -> None:
    """Replace each value that occurs several times with a reference."""
    texts = [json.dumps(parent[key], sort_keys=True) for parent, key, _ in places]
    counts = Counter(texts)
    names: dict[str, str] = {}
    for (parent, key, name), text in zip(places, texts, strict=True):
        if counts[text] == 1:
            continue
        if text not in names:
            names[text] = free_name(name, components)
            components[names[text]] = parent[key]
        parent[key] = {"$ref": f"#/components/{kind}/{names[text]}"}


def free_name(name: str, taken: JSONObject) -> str:
    number = 1 + sum(each == name or each.startswith(f"{name}.") for each in taken)
    return name if number == 1 else f"{name}.{number}"


def operations_of(result: JSONObject) -> Iterator[JSONObject]:
    for operations in result["paths"].values():
        yield from operations.values()


def responses_of(result: JSONObject) -> Iterator[tuple[str, JSONObject]]:
    """Yield the status and description of each response that is not a reference."""
    for operation in operations_of(result):
        for status, response in operation["responses"].items():
            if "$ref" not in response:
                yield status, response


def parameters_of(result: JSONObject) -> Iterator[Place]:
    for operation in operations_of(result):
        parameters = operation.get("parameters", [])
        yield from ((parameters, index, each["name"]) for index, each in enumerate(parameters))


def headers_of(result: JSONObject) -> Iterator[Place]:
    for _, response in responses_of(result):
        headers = response.get("headers", {})
        yield from ((headers, name, name) for name in headers)


def examples_of(result: JSONObject) -> Iterator[Place]:
    responses = [response for _, response in responses_of(result)]
    bodies = [operation["requestBody"] for operation in operations_of(result) if "requestBody" in operation]
    for body in bodies + responses:
        for content in body.get("content", {}).values():
            examples = content.get("examples", {})
            yield from ((examples, name, name) for name in examples)
