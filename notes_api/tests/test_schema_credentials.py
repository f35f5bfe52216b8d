"""The kinds of credentials in the OpenAPI document, and which operations accept them."""

from notes_api.tests.openapi_document import DOCUMENT, OPERATIONS

SCHEMES = DOCUMENT["components"]["securitySchemes"]


def test_the_document_names_three_kinds_of_credentials():
    assert {name: scheme["type"] for name, scheme in SCHEMES.items()} == {
        "login": "oauth2",
        "token": "http",
        "program": "oauth2",
    }
    assert SCHEMES["token"]["scheme"] == "bearer"


def test_a_program_needs_the_same_scopes_as_an_api_token():
    needed = {name: operation["x-scopes"] for name, operation in OPERATIONS.items() if "x-scopes" in operation}
    programs = {
        name: each["program"]
        for name, operation in OPERATIONS.items()
        for each in operation.get("security", [])
        if "program" in each
    }

    assert programs == needed
    (flow,) = SCHEMES["program"]["flows"].values()
    assert {scope for scopes in programs.values() for scope in scopes} <= flow["scopes"].keys()


def test_the_flows_use_the_log_in_and_the_authorisation_server():
    assert SCHEMES["login"]["flows"]["password"]["tokenUrl"] == "/login"
    flow = SCHEMES["program"]["flows"]["authorizationCode"]
    assert (flow["authorizationUrl"], flow["tokenUrl"]) == ("/authorize", "/token")
