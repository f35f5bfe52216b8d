"""The OpenAPI document: the committed file is what the code generates, and it is complete."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator

from notes_api.rest.schema import CachedSchemaGenerator
from notes_api.tests.openapi_document import DOCUMENT, OPERATIONS, resolve


def names(claim):
    """Return the names of the operations for which the claim is true."""
    return [name for name, operation in OPERATIONS.items() if claim(operation)]


def is_closed(operation):
    return bool(operation.get("security"))


def errors(operation):
    """Return the error responses of the operation, which all refer to components."""
    return {status: resolve(answer) for status, answer in operation["responses"].items() if status >= "400"}


def scopes_of(operation):
    """Return the scopes that an API token needs, and those that it needs if the operation can only create."""
    return [operation[name] for name in ("x-scopes", "x-scopes-to-create") if name in operation]


def test_the_committed_document_is_what_the_code_generates():
    generated = SchemaGenerator().get_schema(request=None, public=True)

    assert json.loads(json.dumps(generated)) == DOCUMENT


def test_the_document_is_served_as_json(client):
    response = client.get("/openapi.json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert json.loads(response.content) == DOCUMENT


def test_the_document_is_served_as_yaml(client):
    response = client.get("/openapi.yaml")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    # In Python alone it would take seconds.
    assert yaml.load(response.content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == DOCUMENT


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(ids)) == len(ids)


def test_every_operation_has_an_id_a_summary_a_description_and_a_tag():
    assert names(lambda operation: not operation["operationId"].isidentifier() or "_" in operation["operationId"]) == []
    assert names(lambda operation: not operation["summary"]) == []
    assert names(lambda operation: not operation["description"]) == []
    assert names(lambda operation: len(operation["tags"]) != 1) == []


def test_every_required_body_has_an_example():
    def lacks_example(operation):
        body = operation.get("requestBody", {"required": False})
        return body.get("required") and not body["content"]["application/json"]["examples"]

    assert names(lacks_example) == []


def test_every_response_body_has_an_example():
    def lacks_example(operation):
        answers = [answer for status, answer in operation["responses"].items() if status < "300"]
        bodies = [body for answer in answers for body in answer.get("content", {}).values()]
        return any(not body.get("examples") for body in bodies)

    assert names(lacks_example) == []


def test_every_operation_documents_the_errors_that_any_request_can_get():
    assert names(lambda operation: not {"400", "429", "503"} <= errors(operation).keys()) == []


def test_exactly_the_operations_with_content_can_have_no_acceptable_representation():
    has_content = names(lambda operation: "content" in str(operation["responses"]))

    assert names(lambda operation: "406" in errors(operation)) == has_content
    assert 0 < len(has_content) < len(OPERATIONS)


def test_every_operation_that_needs_credentials_documents_401_and_403():
    assert names(lambda operation: is_closed(operation) and not {"401", "403"} <= errors(operation).keys()) == []


def test_an_operation_names_scopes_exactly_if_it_takes_api_tokens():
    takes_tokens = names(lambda operation: {"token": []} in operation.get("security", []))

    assert takes_tokens == names(lambda operation: "x-scopes" in operation)


def test_every_operation_that_needs_credentials_takes_a_log_in():
    assert names(lambda operation: is_closed(operation) and {"login": []} not in operation["security"]) == []


def test_every_scope_that_an_operation_names_exists():
    scopes = {scope for operation in OPERATIONS.values() for scopes in scopes_of(operation) for scope in scopes}

    assert scopes == {"notes:read", "notes:append", "notes:edit", "notes:trash", "notes:purge", "notes:write"}


def test_the_descriptions_of_operations_that_need_credentials_say_what_an_api_token_may_do():
    said = (
        "Requires a login session; API tokens are not accepted.",
        "Accepts any API token.",
        "API tokens need `notes:",
    )

    assert names(is_closed) == names(lambda operation: any(words in operation["description"] for words in said))


def test_every_operation_needs_the_scopes_that_the_guide_names():
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


def test_every_operation_with_a_body_documents_413_and_415():
    assert names(lambda operation: "requestBody" in operation and not {"413", "415"} <= errors(operation).keys()) == []


def test_every_operation_on_one_object_documents_404():
    assert [name for name, operation in OPERATIONS.items() if "{" in name and "404" not in errors(operation)] == []


def test_every_error_is_a_problem():
    schemas = {
        status: resolve(body["schema"])
        for operation in OPERATIONS.values()
        for status, error in errors(operation).items()
        for media_type, body in error["content"].items()
        if media_type == "application/problem+json"
    }

    assert schemas.keys() == DOCUMENT["components"]["responses"].keys()
    assert {status for status, schema in schemas.items() if "current" in schema["properties"]} == {"409", "412"}
    assert all({"type", "title", "status", "detail", "code"} <= {*schema["required"]} for schema in schemas.values())


def test_every_error_has_one_example():
    examples = [
        error["content"]["application/problem+json"]["example"]
        for error in DOCUMENT["components"]["responses"].values()
    ]

    assert [str(example["status"]) for example in examples] == list(DOCUMENT["components"]["responses"])


def test_every_error_has_a_description():
    assert names(lambda operation: not all(error["description"] for error in errors(operation).values())) == []


STATUSES = [
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
]


def test_the_statuses_of_an_operation_are_documented(subtests):
    for name, statuses in STATUSES:
        with subtests.test(name=name, statuses=statuses):
            assert statuses <= OPERATIONS[name]["responses"].keys()


def test_creating_a_note_documents_location_and_etag():
    assert "Location" in OPERATIONS["POST /notes"]["responses"]["201"]["headers"]
    assert "ETag" in OPERATIONS["POST /notes"]["responses"]["201"]["headers"]


@pytest.mark.parametrize("name", ["GET /notes", "GET /sessions", "GET /tokens"])
def test_a_list_documents_the_link_to_its_next_page(name):
    assert "Link" in OPERATIONS[name]["responses"]["200"]["headers"]


def test_only_patch_operations_take_a_merge_patch():
    takes_it = [
        name for name, operation in OPERATIONS.items() if "merge-patch+json" in str(operation.get("requestBody"))
    ]

    assert takes_it == ["PATCH /users/me", "PATCH /notes/{id}"]


def test_the_document_is_generated_once(client):
    client.get("/openapi.json")

    with patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError):
        assert client.get("/openapi.json").status_code == 200


def test_one_thread_generates_the_document(monkeypatch):
    """Two at the same time fail."""
    present, most = [], []

    def generate(*arguments):
        present.append(1)
        most.append(len(present))
        time.sleep(0.1)
        present.pop()
        return {}

    monkeypatch.setattr(CachedSchemaGenerator, "_schemas", {})
    monkeypatch.setattr(SchemaGenerator, "get_schema", generate)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: CachedSchemaGenerator().get_schema(), range(4)))

    assert most == [1]
