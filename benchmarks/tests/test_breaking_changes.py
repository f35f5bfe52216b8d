"""The check of `openapi.json` against the baseline finds every kind of change that breaks a client."""

import json
from copy import copy

from django.conf import settings

from benchmarks.breaking_changes import breaking_changes, main

PATH = settings.BASE_DIR / "openapi.json"
BASELINE = settings.BASE_DIR / "benchmarks" / "openapi_baseline.json"
DOCUMENT = json.loads(PATH.read_text())


def changed(*steps, **members):
    """Return the document with other members of the object at these steps; None removes a member."""
    document = target = copy(DOCUMENT)
    # The rest stays shared: whole copies would take seconds in each process of a run.
    for step in steps:
        target[step] = copy(target[step])
        target = target[step]
    for name, value in members.items():
        if value is None:
            del target[name]
        else:
            target[name] = value
    return document


def schema(name, *steps, **members):
    return changed("components", "schemas", name, *steps, **members)


def operation(path, method, *steps, **members):
    return changed("paths", path, method, *steps, **members)


def with_parameter(**parameter):
    given = [
        *DOCUMENT["paths"]["/tags"]["get"]["parameters"],
        {"in": "query", "schema": {"type": "string"}, **parameter},
    ]
    return operation("/tags", "get", parameters=given)


NOTE, REQUEST = ("Note", "properties"), ("NoteRequest", "properties")
BREAKING = {
    "a path is removed": changed("paths", **{"/trash": None}),
    "a method is removed": changed("paths", "/trash", delete=None),
    "an operation gets another name": operation("/notes", "get", operationId="readNotes"),
    "a scope is added": operation("/notes", "get", **{"x-scopes": ["notes:read", "notes:write"]}),
    "API tokens are no longer accepted": operation("/notes", "get", security=[{"login": []}]),
    "a public operation needs credentials": operation("/login", "post", security=[{"login": []}]),
    "a parameter is removed": operation("/tags", "get", parameters=[]),
    "a required parameter is added": with_parameter(name="colour", required=True),
    "a parameter accepts less": changed("components", "parameters", "limit", "schema", maximum=50),
    "a body becomes required": operation("/logout", "post", "requestBody", required=True),
    "a media type of a request is removed": operation(
        "/notes/{id}/append", "post", "requestBody", "content", **{"text/markdown": None}
    ),
    "a member of a request is removed": schema(*REQUEST, tags=None),
    "a member of a request becomes required": schema("NoteRequest", required=["title", "content"]),
    "a text in a request becomes shorter": schema(*REQUEST, "title", maxLength=100),
    "a text in a request may no longer be empty": schema(*REQUEST, "content", minLength=1),
    "a text in a request has to match a pattern": schema(*REQUEST, "title", pattern="^x"),
    "a list in a request becomes shorter": schema(*REQUEST, "tags", maxItems=5),
    "null is no longer accepted": schema("NotePatchRequest", "properties", "content", nullable=False),
    "a value is no longer accepted": schema(
        "ApiTokenRequest", "properties", "scopes", "items", enum=["notes:read", "notes:write"]
    ),
    "an operation of a batch is removed": schema(
        "BatchOperationRequest", oneOf=DOCUMENT["components"]["schemas"]["BatchOperationRequest"]["oneOf"][:-1]
    ),
    "a status is removed": operation("/users", "post", "responses", **{"202": None}),
    "a media type of a response is removed": operation(
        "/notes/{id}", "get", "responses", "200", "content", **{"text/markdown": None}
    ),
    "a header is removed": operation("/notes/{id}", "get", "responses", "200", "headers", ETag=None),
    "a member of a response is removed": schema(*NOTE, owner_id=None),
    "a member of a response can be missing": schema("Note", required=["id"]),
    "a member of a response has another type": schema(*NOTE, version={"type": "string"}),
    "a number in a response is smaller": schema(*NOTE, "version", format="int32"),
    "a member of a response can be null": schema(*NOTE, "updated_at", nullable=True),
    "a value in a response is new": schema("UpsertChange", "properties", "op", enum=["upsert", "new"]),
    "a kind of change is new": schema(
        "Change", oneOf=[*DOCUMENT["components"]["schemas"]["Change"]["oneOf"], {"type": "string"}]
    ),
    "a member of an error is removed": schema("Conflict", "properties", current=None),
}
HARMLESS = {
    "a path is added": changed("paths", **{"/new": {"get": DOCUMENT["paths"]["/tags"]["get"]}}),
    "an optional parameter is added": with_parameter(name="colour"),
    "a request accepts more": schema(*REQUEST, "title", maxLength=500),
    "a member of a request is added": schema(*REQUEST, colour={"type": "string"}),
    "a member of a response is added": schema(*NOTE, colour={"type": "string"}),
    "an error is added": operation("/notes", "get", "responses", **{"418": {"description": "A teapot."}}),
    "a description changes": schema("Note", description="A sheet of paper."),
}


def test_a_breaking_change_is_found():
    assert [name for name, document in BREAKING.items() if not list(breaking_changes(DOCUMENT, document))] == []


def test_a_harmless_change_is_not_reported():
    found = {name: list(breaking_changes(DOCUMENT, document)) for name, document in HARMLESS.items()}

    assert {name: changes for name, changes in found.items() if changes} == {}


def test_a_schema_may_have_another_name():
    renamed = json.loads(PATH.read_text().replace("schemas/NoteRequest", "schemas/NewNote"))
    renamed["components"]["schemas"]["NewNote"] = renamed["components"]["schemas"]["NoteRequest"]

    assert list(breaking_changes(DOCUMENT, renamed)) == []


def test_the_document_breaks_no_client_of_the_baseline():
    """If a change is meant to break clients, the release that contains it writes a new baseline: see CONTRIBUTING."""
    changes = breaking_changes(json.loads(BASELINE.read_text()), DOCUMENT)

    # Only an owner who gives tokens the new scopes gets them in responses.
    assert [
        change for change in changes if not change.endswith("['notes:edit', 'notes:trash', 'notes:purge'] new")
    ] == []


def test_the_command_prints_the_changes(tmp_path, capsys):
    changed_path = tmp_path / "openapi.json"
    changed_path.write_text(json.dumps(BREAKING["a path is removed"]))

    assert (main(str(PATH), str(PATH)), main(str(PATH), str(changed_path))) == (0, 1)
    assert capsys.readouterr().out == "No change breaks a client.\nDELETE /trash: removed\nGET /trash: removed\n"
