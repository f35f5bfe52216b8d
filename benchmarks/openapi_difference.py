"""Compare two versions of the OpenAPI document, without their prose.

    git show main:openapi.json > before.json
    python -m benchmarks.openapi_difference before.json openapi.json

It ignores summaries, descriptions, the ids of enums, and the names of examples and the text in them. Everything else is
part of the contract with clients: paths, parameters, fields, statuses, scopes and constraints. The command prints each
difference and exits with 1 if there is one.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from notes_api.rest.json_types import JSON, JSONObject

# The id of an enum is a hash of its values and of their descriptions.
PROSE = ("summary", "description", "x-spec-enum-id")
MISSING = object()


def without_prose(value: JSON) -> JSON:
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: shapes_of_examples(member) if name == "examples" else without_prose(member)
        for name, member in value.items()
        if not (name in PROSE and isinstance(member, str))
    }


def shapes_of_examples(examples: JSONObject) -> list[JSON]:
    """Return the examples without names and text: their members, numbers and booleans remain."""
    return sorted((without_text(example["value"]) for example in examples.values()), key=json.dumps)


def without_text(value: JSON) -> JSON:
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return [without_text(item) for item in value]
    return {name: without_text(member) for name, member in value.items()} if isinstance(value, dict) else value


def differences(before: JSON, after: JSON, path: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            yield from differences(before.get(name, MISSING), after.get(name, MISSING), f"{path}/{name}")
    elif before != after:
        yield f"{path}: {brief(before)} -> {brief(after)}"


def brief(value: JSON) -> str:
    return "missing" if value is MISSING else json.dumps(value)[:200]


def main(before: str, after: str) -> int:
    documents = [without_prose(json.loads(Path(name).read_text())) for name in (before, after)]
    found = sorted(differences(*documents))
    print("\n".join(found) or "The documents differ only in prose.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
