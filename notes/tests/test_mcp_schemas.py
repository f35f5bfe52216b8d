"""The schemas of tools: those of the API, except for what is documented here; and results that match them."""

import json

from jsonschema import Draft202012Validator

from notes.mcp.tools import TOOLS, TOOLS_BY_NAME
from notes.tests.agents import send, tools_of, use
from notes.tests.factories import make_note
from notes_api.tests.edge.server import ROOT

API = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
# Arguments that stand for a part of the request other than its body and query.
HEADERS = {"version": "If-Match", "idempotency_key": "Idempotency-Key"}
# Arguments without a counterpart, because a model reads a long content in parts.
PARTS = {"read_note": {"offset", "max_chars"}}
# Members of the operation that no tool sends: what a model does not need, or another tool does.
LEFT_OUT = {
    "search_notes": {"fields", "count"},
    "list_notes": {"fields", "count", "q"},
    "read_note": {"fields"},
    "replace_note": {"tags", "is_pinned", "is_archived"},
    "update_note": {"content"},
    "list_trash": {"fields"},
}
# Members that a tool requires and the API does not.
REQUIRED = {"search_notes": {"q"}, "replace_note": {"content"}}
# Tools that require the version, because they replace something.
GUARDED = {"edit_note", "replace_note", "update_note", "trash_note"}
# What results have besides members of a note.
COUNTS = {"offset", "total_chars", "remaining_chars"}


def resolve(part):
    """Return the schema without references, and without what JSON Schema does not know or a tool does not say."""
    if isinstance(part, list):
        return [resolve(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        _, _, kind, name = part["$ref"].split("/")
        return resolve(API["components"][kind][name])
    # `int64` is for generators of code. Null is an argument that is left out. An enum has no empty text.
    known = {name: resolve(each) for name, each in part.items() if name not in ("nullable", "example")}
    if known.get("format") == "int64":
        del known["format"]
    if isinstance(known.get("required"), list):
        known["required"] = sorted(known["required"])
    if "enum" in known:
        known.pop("minLength", None)
    return known


def operation_of(tool):
    method, path = tool.route.split()
    return API["paths"][path][method.lower()]


def members_of(tool):
    """Return the schemas of the members of the body and of the parameters of the query, and which are required."""
    operation = operation_of(tool)
    parameters = [resolve(each) for each in operation.get("parameters", ())]
    members = {
        each["name"]: {**each["schema"], **({"description": each["description"]} if "description" in each else {})}
        for each in parameters
        if each["in"] == "query"
    }
    content = operation.get("requestBody", {}).get("content", {})
    body = resolve(content["application/json"]["schema"]) if content else {}
    return members | body.get("properties", {}), set(body.get("required", ()))


def own_arguments(tool):
    return {"id", *HEADERS, *PARTS.get(tool.name, ())}


def test_arguments_are_the_members_of_the_operation(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            properties = tool.input_schema()["properties"]
            arguments = {
                name: resolve(schema) for name, schema in properties.items() if name not in own_arguments(tool)
            }
            members, _ = members_of(tool)

            expected = {name: schema for name, schema in members.items() if name not in LEFT_OUT.get(tool.name, ())}
            if "limit" in expected:
                expected["limit"] = {**expected["limit"], "default": 20}

            assert arguments == expected


def test_required_arguments_are_those_of_the_operation(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            required = set(tool.input_schema().get("required", ()))
            _, members = members_of(tool)

            own = ({"id"} if "{id}" in tool.route else set()) | ({"version"} if tool.name in GUARDED else set())
            assert required == members | own | REQUIRED.get(tool.name, set())


def test_own_arguments_stand_for_the_path_and_headers_of_the_operation(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            headers = {resolve(each)["name"] for each in operation_of(tool).get("parameters", ())}
            properties = tool.input_schema()["properties"]

            assert ("id" in properties) == ("{id}" in tool.route)
            assert [name for name, header in HEADERS.items() if name in properties and header not in headers] == []
            assert properties.keys() >= PARTS.get(tool.name, set())


def test_results_have_members_of_notes(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            schema = tool.result.schema()
            properties = schema["properties"]
            if "results" in properties:
                properties = properties["results"]["items"]["properties"]
            note = API["components"]["schemas"]["TrashedNote" if tool.name == "list_trash" else "Note"]["properties"]
            known = resolve(note) | {"snippet": resolve(API["components"]["schemas"]["Match"]["properties"]["snippet"])}
            known["changed_by"]["type"] = ["object", "null"]

            assert {name: resolve(schema) for name, schema in properties.items() if name not in COUNTS} == {
                name: known[name] for name in properties if name not in COUNTS
            }


def test_every_schema_is_valid_and_small(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            described = tool.as_json()

            for schema in (described["inputSchema"], described["outputSchema"]):
                Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object"
            assert described["inputSchema"]["additionalProperties"] is False
            assert len(described["description"]) < 400


def test_all_tools_fit_into_a_prompt(as_user, alice):
    assert len(send(as_user(alice), "tools/list").content) < 24_000


def test_hints_follow_from_the_operation(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            hints = tool.as_json()["annotations"]

            assert hints["readOnlyHint"] == tool.route.startswith("GET ")
            assert hints["openWorldHint"] is False
            if not hints["readOnlyHint"]:
                assert hints["destructiveHint"] == (tool.name in GUARDED)
                assert hints["idempotentHint"] == (tool.name in {*GUARDED, "restore_note"})


def test_results_match_their_schemas(as_user, alice):
    agent = as_user(alice)
    schemas = {name: Draft202012Validator(tool["outputSchema"]) for name, tool in tools_of(agent).items()}
    note = make_note(owner=alice, content="two litres")
    version = {"version": note.version}
    calls = [
        ("search_notes", {"q": "litres"}),
        ("list_notes", {}),
        ("read_note", {"id": note.pk}),
        ("create_note", {"title": "Bread"}),
        ("update_note", {"id": note.pk, "tags": ["home"], **version}),
        ("append_to_note", {"id": note.pk, "text": "!"}),
        ("trash_note", {"id": note.pk, "version": note.version + 3}),
        ("list_trash", {}),
        ("restore_note", {"id": note.pk}),
        ("edit_note", {"id": note.pk, "version": note.version + 5, "edits": [{"old": "two", "new": "six"}]}),
        ("replace_note", {"id": note.pk, "version": note.version + 6, "content": "none"}),
    ]

    for tool, arguments in calls:
        schemas[tool].validate(use(agent, tool, **arguments))
    assert {tool for tool, _ in calls} == TOOLS_BY_NAME.keys()
