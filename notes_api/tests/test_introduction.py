"""The OpenAPI document explains the first steps and all tags, and its examples are true."""

import copy
import re
from functools import cache

from jsonschema import Draft202012Validator

from notes.tests.factories import make_note
from notes_api.tests.openapi_document import DOCUMENT, OPERATIONS, resolve


def test_the_document_begins_with_the_first_steps():
    assert "## First steps" in DOCUMENT["info"]["description"]


def test_every_tag_is_described_once():
    tags = [tag["name"] for tag in DOCUMENT["tags"]]

    assert sorted(tags) == sorted({tag for operation in OPERATIONS.values() for tag in operation["tags"]})
    assert all(tag["description"] for tag in DOCUMENT["tags"])


def test_every_operation_that_the_introduction_names_exists():
    named = re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", DOCUMENT["info"]["description"])

    assert named
    assert [name for name in named if name not in OPERATIONS] == []


def test_every_example_of_a_response_is_valid():
    """Check the examples with their schemas, which in OpenAPI 3.0 say `nullable` where JSON Schema says null."""
    wrong = []
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            for content in resolve(response).get("content", {}).values():
                for example in content.get("examples", {}).values():
                    errors = schema_errors(content["schema"], resolve(example)["value"])
                    wrong += [f"{name} {status}: {error.message}" for error in errors]

    assert wrong == []


def translate(part):
    if isinstance(part, list):
        return [translate(each) for each in part]
    if not isinstance(part, dict):
        return part
    translated = {key: translate(each) for key, each in part.items() if key != "nullable"}
    return {"anyOf": [translated, {"type": "null"}]} if part.get("nullable") is True else translated


@cache
def translated_components():
    return translate(copy.deepcopy(DOCUMENT)["components"])


def schema_errors(schema, value):
    document = {**translate(schema), "components": translated_components()}
    return Draft202012Validator(document).iter_errors(value)


def test_the_example_of_a_list_has_the_members_of_a_real_one(as_user, alice, subtests):
    visitor = as_user(alice)
    note, trashed = make_note(owner=alice, tags=["home"]), make_note(owner=alice)
    trashed.trash()
    visitor.put(f"/notes/{note.pk}", {"title": "Jam", "tags": ["home"]})
    visitor.post("/tokens", {"name": "Guest book", "scopes": ["notes:read"]})

    for path in ["/notes", "/notes/{id}/revisions", "/trash", "/tags", "/sessions", "/tokens"]:
        with subtests.test(path=path):
            (example,) = OPERATIONS[f"GET {path}"]["responses"]["200"]["content"]["application/json"][
                "examples"
            ].values()

            page = visitor.get(path.replace("{id}", str(note.pk))).json()

            assert resolve(example)["value"].keys() == page.keys()
            assert resolve(example)["value"]["results"][0].keys() == page["results"][0].keys()
