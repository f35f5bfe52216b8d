"""The schemas in the OpenAPI document: what generated clients depend on."""

import copy
import itertools
import json
import re

import pytest
from jsonschema import Draft4Validator

from notes.tests.factories import make_note
from notes_api.tests.openapi_document import DOCUMENT

COMPONENTS = DOCUMENT["components"]
SCHEMAS = COMPONENTS["schemas"]
OPERATIONS = [operation for operations in DOCUMENT["paths"].values() for operation in operations.values()]
MAX_BYTES = 150_000


def parts(value, name):
    """Yield every object in the value that has this member."""
    if isinstance(value, list):
        for item in value:
            yield from parts(item, name)
    elif isinstance(value, dict):
        if name in value:
            yield value
        for member in value.values():
            yield from parts(member, name)


def resolve(part):
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return COMPONENTS[kind][name]


def validator(schema):
    """Return a validator of OpenAPI 3.0, whose schemas are those of draft 4 but for `nullable`."""
    schemas = copy.deepcopy(DOCUMENT["components"]["schemas"])
    for nullable in parts(schemas, "nullable"):
        if "type" in nullable:
            nullable["type"] = [nullable["type"], "null"]
    return Draft4Validator({**schema, "components": {"schemas": schemas}})


def contents(operation):
    """Yield what describes the bodies of the request and of each successful response, by media type."""
    responses = [response for status, response in operation["responses"].items() if status < "300"]
    for body in [operation.get("requestBody", {}), *responses]:
        yield body.get("content", {})


def bodies(operation):
    """Yield the media type and description of each body of a request or a successful response."""
    for content in contents(operation):
        yield from content.items()


def is_request(name):
    return name.endswith("Request")


def test_every_reference_leads_to_a_component():
    missing = [part["$ref"] for part in parts(DOCUMENT, "$ref") if not resolve(part)]

    assert missing == []


def test_the_served_document_is_small(client):
    response = client.get("/openapi.json")

    assert len(response.content) <= MAX_BYTES
    assert b"\n " not in response.content


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.oai.openapi+json"])
def test_the_document_has_the_media_type_that_the_client_accepts(client, accept):
    assert client.get("/openapi.json", headers={"Accept": accept}).headers["Content-Type"] == accept


def test_every_number_that_can_exceed_32_bits_says_so():
    numbers = [part for part in parts(DOCUMENT, "type") if part["type"] == "integer"]
    unlimited = [number for number in numbers if number.get("maximum", 2**31) >= 2**31]

    assert [number for number in unlimited if number.get("format") != "int64"] == []
    assert SCHEMAS["Note"]["properties"]["version"] in unlimited


def test_ids_are_uuids_everywhere():
    ids = [parameter for parameter in parts(DOCUMENT, "in") if parameter["in"] == "path" and parameter["name"] == "id"]

    assert [parameter["schema"] for parameter in ids] == [{"type": "string", "format": "uuid"}]


def test_responses_require_every_member_that_they_always_have():
    optional = {
        (name, member)
        for name, schema in SCHEMAS.items()
        if not is_request(name)
        for member in schema.get("properties", {}).keys() - {*schema.get("required", [])}
        if name not in ("CurrentNote", "PartialNote")
    }

    assert optional == {
        ("FoundNote", "match"),
        ("ImportItem", "attachments"),
        ("ImportItem", "warnings"),
        ("GrantToken", "scope"),
        ("BatchResult", "note"),
        ("BatchResult", "problem"),
        ("Problem", "error"),
        ("Problem", "error_description"),
        ("Conflict", "error"),
        ("Conflict", "error_description"),
        ("Conflict", "current"),
        ("PaginatedListedNoteList", "total"),
        ("PaginatedListedTrashList", "total"),
    }
    assert SCHEMAS["CurrentNote"]["required"] == ["id", "version"]


def test_requests_never_require_a_member_that_has_a_default():
    requests = {name: schema for name, schema in SCHEMAS.items() if is_request(name)}
    # openapi-typescript makes a member required if the document names its default.
    assert list(parts(requests, "default")) == []
    assert SCHEMAS["NoteRequest"]["required"] == ["title"]


def test_every_tag_is_described_and_used():
    described = [tag["name"] for tag in DOCUMENT["tags"] if tag["description"]]

    assert sorted(described) == sorted({tag for operation in OPERATIONS for tag in operation["tags"]})


def test_no_two_requests_have_the_same_schema():
    texts = [json.dumps(schema, sort_keys=True) for name, schema in SCHEMAS.items() if is_request(name)]

    assert len(set(texts)) == len(texts)


def test_no_name_of_a_schema_repeats_or_hides_its_direction():
    assert [name for name in SCHEMAS if re.search("RequestRequest|Patched|Serializer", name)] == []


def test_a_schema_has_one_media_type_unless_it_is_a_merge_patch():
    several = [
        operation["operationId"]
        for operation in OPERATIONS
        if "application/merge-patch+json" not in str(operation)
        for content in contents(operation)
        for schemas in [[str(body["schema"]) for body in content.values() if "$ref" in body["schema"]]]
        if len(set(schemas)) < len(schemas)
    ]

    assert several == []


def test_tokens_are_issued_for_json_and_for_forms(client, subtests):
    for path, media_type in itertools.product(
        ["/login", "/login/refresh", "/login/revoke"], ["application/json", "application/x-www-form-urlencoded"]
    ):
        with subtests.test(path=path, media_type=media_type):
            response = client.post(path, "{}" if "json" in media_type else "username=alice", content_type=media_type)

            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
            assert list(DOCUMENT["paths"][path]["post"]["requestBody"]["content"]) == ["application/json"]


def test_a_discriminator_names_every_kind_of_change_and_operation():
    choices = {name: SCHEMAS[name]["discriminator"]["mapping"] for name in ("Change", "BatchOperationRequest")}

    assert [*choices["Change"]] == ["upsert", "trash", "delete"]
    assert [*choices["BatchOperationRequest"]] == ["create", "replace", "update", "append", "delete", "restore"]
    for mapping in choices.values():
        for op, target in mapping.items():
            assert resolve({"$ref": target})["properties"]["op"] == {"type": "string", "enum": [op]}


@pytest.mark.parametrize("name", ["createNote", "appendToNote"])
def test_an_operation_for_append_only_tokens_can_return_a_receipt(name):
    (operation,) = [operation for operation in OPERATIONS if operation["operationId"] == name]
    status = "201" if name == "createNote" else "200"
    schema = resolve(operation["responses"][status]["content"]["application/json"]["schema"])

    assert schema == {"anyOf": [{"$ref": "#/components/schemas/Note"}, {"$ref": "#/components/schemas/NoteReceipt"}]}


def test_the_parameter_count_is_a_boolean(as_user, alice):
    (count,) = [
        parameter
        for parameter in map(resolve, DOCUMENT["paths"]["/notes"]["get"]["parameters"])
        if parameter["name"] == "count"
    ]

    assert count["schema"] == {"type": "boolean", "default": False}
    assert as_user(alice).get("/notes?count=false").json().keys() == {"results", "next", "next_cursor"}
    assert as_user(alice).get("/notes?count=true").json()["total"] == 0
    assert as_user(alice).get("/notes?count=1").status_code == 400


def test_every_example_has_the_schema_of_its_body():
    invalid = [
        (operation["operationId"], error.message)
        for operation in OPERATIONS
        for media_type, body in bodies(operation)
        if "json" in media_type
        for example in map(resolve, body.get("examples", {}).values())
        for error in validator(body["schema"]).iter_errors(example["value"])
    ]

    assert invalid == []


def test_every_example_of_an_error_is_a_problem():
    for response in COMPONENTS["responses"].values():
        body = response["content"]["application/problem+json"]
        validator(body["schema"]).validate(body["example"])


@pytest.mark.parametrize("state", ["active", "trashed", "purged"])
def test_a_conflict_has_the_schema_that_the_document_promises(as_user, alice, state):
    note = make_note(owner=alice)
    if state != "active":
        note.trash()
    if state == "purged":
        as_user(alice).delete(f"/trash/{note.pk}")

    response = as_user(alice).put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-None-Match": "*"})

    assert response.status_code == 412
    validator({"$ref": "#/components/schemas/Conflict"}).validate(response.json())
    assert response.json()["current"]["id"] == str(note.pk)


ERROR_HEADERS = [
    ("401", "WWW-Authenticate"),
    ("403", "WWW-Authenticate"),
    ("412", "ETag"),
    ("429", "Retry-After"),
    ("503", "Retry-After"),
]


def test_the_headers_of_errors_are_documented(subtests):
    for status, header in ERROR_HEADERS:
        with subtests.test(status=status, header=header):
            assert header in COMPONENTS["responses"][status]["headers"]
