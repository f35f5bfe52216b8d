"""Methods and media types that a path does not support."""

import pytest

from notes_api.tests.responses import FORM, UNKNOWN_NOTE, problem_of

pytestmark = pytest.mark.usefixtures("_both_paths")


OTHER_METHODS = [
    ("PUT", "/notes", "GET, POST, HEAD, OPTIONS"),
    ("DELETE", "/notes", "GET, POST, HEAD, OPTIONS"),
    ("POST", UNKNOWN_NOTE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
    ("BREW", UNKNOWN_NOTE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
    ("POST", "/users/me", "GET, HEAD, OPTIONS, PATCH"),
    ("GET", "/sessions/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", "DELETE, OPTIONS"),
    ("POST", "/sessions", "DELETE, GET, HEAD, OPTIONS"),
    ("GET", "/users", "POST, OPTIONS"),
    ("GET", "/login", "POST, OPTIONS"),
    ("GET", "/login/refresh", "POST, OPTIONS"),
    ("GET", "/logout", "POST, OPTIONS"),
    ("POST", "/", "GET, HEAD, OPTIONS"),
    ("POST", "/docs", "GET, HEAD, OPTIONS"),
    ("POST", "/redoc", "GET, HEAD, OPTIONS"),
    ("DELETE", "/livez", "GET, HEAD, OPTIONS"),
    ("POST", "/readyz", "GET, HEAD, OPTIONS"),
    ("POST", "/openapi.json", "GET, HEAD, OPTIONS"),
    ("POST", "/openapi.yaml", "GET, HEAD, OPTIONS"),
    ("POST", "/static/notes_api/pages.css", "GET, HEAD, OPTIONS"),
]
OPTIONS = [
    ("/notes", "GET, POST, HEAD, OPTIONS"),
    (UNKNOWN_NOTE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
    ("/users/me", "GET, HEAD, OPTIONS, PATCH"),
    ("/login", "POST, OPTIONS"),
    ("/logout", "POST, OPTIONS"),
    ("/", "GET, HEAD, OPTIONS"),
    ("/livez", "GET, HEAD, OPTIONS"),
    ("/docs", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
    ("/static/notes_api/pages.css", "GET, HEAD, OPTIONS"),
]
READABLE = ["/", "/docs", "/redoc", "/livez", "/readyz", "/openapi.json", "/notes"]


def allowed_by(response):
    return sorted(response.headers["Allow"].split(", "))


def sort_methods(text):
    return sorted(text.split(", "))


def test_a_wrong_method_is_a_problem_with_the_allowed_methods(as_user, alice):
    client = as_user(alice)
    client.handler.enforce_csrf_checks = True
    requests = [(method, address) for method, address, _ in OTHER_METHODS]

    responses = {request: client.generic(*request) for request in requests}

    assert {request: problem_of(response) for request, response in responses.items()} == dict.fromkeys(
        requests, (405, "method_not_allowed")
    )
    assert {request: allowed_by(response) for request, response in responses.items()} == {
        (method, address): sort_methods(allowed) for method, address, allowed in OTHER_METHODS
    }


def test_options_returns_the_allowed_methods(as_user, alice):
    client = as_user(alice)

    responses = {address: client.options(address) for address, _ in OPTIONS}

    assert {(response.status_code, response.content) for response in responses.values()} == {(204, b"")}
    assert {address: allowed_by(response) for address, response in responses.items()} == {
        address: sort_methods(allowed) for address, allowed in OPTIONS
    }


def test_head_is_allowed_where_get_is(as_user, alice):
    client = as_user(alice)

    responses = {address: client.head(address) for address in READABLE}

    assert {address: (response.status_code, response.content) for address, response in responses.items()} == (
        dict.fromkeys(READABLE, (200, b""))
    )


def test_an_accept_header_without_json_gets_406(as_user, alice, subtests):
    for accept in ["text/html", "application/xml", "image/*", "application/vnd.api+json"]:
        with subtests.test(accept=accept):
            response = as_user(alice).get("/notes", headers={"Accept": accept})

            assert problem_of(response) == (406, "not_acceptable")


@pytest.mark.parametrize("address", ["/openapi.yaml", "/openapi.json"])
def test_the_problem_of_a_document_is_json(client, address):
    response = client.get(address, headers={"Accept": "text/html"})

    assert problem_of(response) == (406, "not_acceptable")


def test_an_accept_header_that_allows_json_gets_json(as_user, alice, subtests):
    for accept in ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"]:
        with subtests.test(accept=accept):
            response = as_user(alice).get("/notes", headers={"Accept": accept})

            assert response.headers["Content-Type"] == "application/json"


def test_a_body_of_another_type_gets_415(as_user, alice):
    client = as_user(alice)
    types = ["text/plain", FORM, "multipart/form-data; boundary=x", "application/xml", "x", "*/*", "application/*"]

    problems = {each: problem_of(client.post("/notes", "title=Milk", content_type=each)) for each in types}

    assert problems == dict.fromkeys(types, (415, "unsupported_media_type"))
