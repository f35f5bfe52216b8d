"""The OpenAPI document: what the code generates is what is committed, and it says everything."""

import json
from unittest.mock import patch

import pytest
import yaml
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

DOCUMENT = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def plain(document):
    return json.loads(json.dumps(document))


def refusals(operation):
    return {status: answer for status, answer in operation["responses"].items() if status >= "400"}


def scopes_of(operation):
    """What an operation needs of an API token; and what, where it can only create."""
    return [operation[name] for name in ("x-scopes", "x-scopes-to-create") if name in operation]


def test_the_committed_document_is_what_the_code_generates():
    committed = json.loads((settings.BASE_DIR / "openapi.json").read_text())

    assert committed == plain(DOCUMENT)


def test_the_document_is_served_as_json(client):
    response = client.get("/openapi.json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert json.loads(response.content) == plain(DOCUMENT)


def test_the_document_is_served_as_yaml(client):
    response = client.get("/openapi.yaml")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert yaml.safe_load(response.content) == plain(DOCUMENT)


def test_every_operation_has_an_id_of_its_own():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(ids)) == len(ids)


@every_operation
def test_every_operation_says_what_it_is(operation):
    assert operation["operationId"].isidentifier()
    assert "_" not in operation["operationId"]
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1


@every_operation
def test_every_body_has_an_example(operation):
    body = operation.get("requestBody", {"required": False})

    assert not body.get("required") or body["content"]["application/json"]["examples"]


@every_operation
def test_every_body_that_is_answered_has_an_example_or_is_a_list(operation):
    bodies = [
        body
        for status, answer in operation["responses"].items()
        if status < "300"
        for body in answer.get("content", {}).values()
    ]

    assert [body for body in bodies if not body.get("examples") and "Paginated" not in str(body["schema"])] == []


@every_operation
def test_every_operation_can_fail_as_any_can(operation):
    assert {"400", "406", "429", "503"} <= refusals(operation).keys()


@every_operation
def test_who_must_be_known_can_be_unknown(operation):
    assert not operation.get("security") or "401" in refusals(operation)


@every_operation
def test_who_is_known_can_lack_the_scope(operation):
    assert not operation.get("security") or "403" in refusals(operation)


@every_operation
def test_every_operation_is_open_or_names_its_scopes_or_is_for_log_ins(operation):
    is_for_tokens = {"token": []} in operation.get("security", [])

    assert is_for_tokens == ("x-scopes" in operation)
    assert not operation.get("security") or {"login": []} in operation["security"]
    assert {scope for scopes in scopes_of(operation) for scope in scopes} <= {
        "notes:read",
        "notes:write",
        "notes:append",
    }


@every_operation
def test_every_operation_that_wants_to_know_you_says_what_an_api_token_may(operation):
    said = ("For log-ins alone.", "Any API token may do this.", "API tokens need `notes:")

    assert bool(operation.get("security")) == any(words in operation["description"] for words in said)


def test_reading_adding_and_writing_need_what_the_guide_says():
    needed = {name: scopes_of(operation) for name, operation in OPERATIONS.items() if "x-scopes" in operation}

    assert {name for name, scopes in needed.items() if scopes == [["notes:append"]]} == {
        "POST /notes",
        "POST /notes/{id}/append",
        "POST /notes/batch",
    }
    assert [name for name, scopes in needed.items() if len(scopes) == 2] == ["PUT /notes/{id}"]
    assert [name for name, scopes in needed.items() if scopes == [[]]] == ["GET /users/me"]
    assert {name for name, scopes in needed.items() if scopes == [["notes:read"]]} == {
        name for name in needed if name.startswith("GET ") and name != "GET /users/me"
    }


def test_there_are_two_kinds_of_credentials():
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert {name: scheme["type"] for name, scheme in schemes.items()} == {"login": "oauth2", "token": "http"}
    assert schemes["token"]["scheme"] == "bearer"


@every_operation
def test_what_has_a_body_can_be_unreadable(operation):
    assert "requestBody" not in operation or {"413", "415"} <= refusals(operation).keys()


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "{" in name])
def test_what_has_an_id_can_be_missing(name):
    assert "404" in refusals(OPERATIONS[name])


@every_operation
def test_every_refusal_is_a_problem(operation):
    bodies = [answer.get("content") for answer in refusals(operation).values()]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

    assert [body for body in bodies if body != problem] == []


@every_operation
def test_every_status_is_explained(operation):
    assert [status for status, answer in refusals(operation).items() if not answer["description"]] == []


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("POST /users", {"201", "403", "409"}),
        ("POST /login", {"200", "401"}),
        ("POST /login/refresh", {"200", "401"}),
        ("POST /logout", {"204", "401"}),
        ("GET /notes/{id}", {"200", "304", "401", "404"}),
        ("PUT /notes/{id}", {"200", "201", "401", "404", "409", "412"}),
        ("PATCH /notes/{id}", {"200", "401", "404", "412"}),
        ("DELETE /notes/{id}", {"204", "401", "404", "412"}),
        ("DELETE /sessions/{id}", {"204", "401", "404"}),
        ("POST /tokens", {"201", "400", "401", "403", "409"}),
        ("DELETE /tokens/{id}", {"204", "401", "403", "404"}),
    ],
)
def test_every_status_of_an_operation_is_documented(name, statuses):
    assert statuses <= OPERATIONS[name]["responses"].keys()


def test_the_token_endpoint_is_the_one_that_authorize_uses():
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert [scheme["flows"]["password"]["tokenUrl"] for scheme in schemes.values() if "flows" in scheme] == ["/login"]


def test_what_makes_something_says_where_it_is():
    assert "Location" in OPERATIONS["POST /notes"]["responses"]["201"]["headers"]
    assert "ETag" in OPERATIONS["POST /notes"]["responses"]["201"]["headers"]


@pytest.mark.parametrize("name", ["GET /notes", "GET /sessions", "GET /tokens"])
def test_what_is_listed_says_where_it_goes_on(name):
    assert "Link" in OPERATIONS[name]["responses"]["200"]["headers"]


def test_only_patch_takes_a_merge_patch():
    takes_it = [
        name for name, operation in OPERATIONS.items() if "merge-patch+json" in str(operation.get("requestBody"))
    ]

    assert takes_it == ["PATCH /users/me", "PATCH /notes/{id}"]


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("401", "WWW-Authenticate"),
        ("403", "WWW-Authenticate"),
        ("412", "ETag"),
        ("429", "Retry-After"),
        ("503", "Retry-After"),
    ],
)
def test_what_comes_with_a_refusal_is_documented(status, header):
    answers = [refusals(operation)[status] for operation in OPERATIONS.values() if status in refusals(operation)]

    assert [answer for answer in answers if header not in answer.get("headers", {})] == []


def test_the_views_are_read_once_for_all_who_ask(client):
    client.get("/openapi.json")

    with patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError):
        assert client.get("/openapi.json").status_code == 200
