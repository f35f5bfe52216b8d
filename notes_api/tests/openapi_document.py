"""The committed OpenAPI document. `test_schema.py` compares it with what the code generates, which takes a second."""

import json

from notes_api.settings import BASE_DIR

DOCUMENT = json.loads((BASE_DIR / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def resolve(part):
    """Return the component that the part refers to, or the part."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return DOCUMENT["components"][kind][name]
