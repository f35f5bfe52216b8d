"""Methods and media types that a path does not support."""

import pytest

from notes_api.tests.responses import FORM, UNKNOWN_NOTE, problem_of

pytestmark = pytest.mark.usefixtures("_both_paths")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
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
    ],
)
def test_a_wrong_method_is_a_problem_with_the_allowed_methods(as_user, alice, method, address, allowed):
    client = as_user(alice)
    client.handler.enforce_csrf_checks = True

    response = client.generic(method, address)

    assert problem_of(response) == (405, "method_not_allowed")
    assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed.split(", "))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/notes", "GET, POST, HEAD, OPTIONS"),
        (UNKNOWN_NOTE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("/users/me", "GET, HEAD, OPTIONS, PATCH"),
        ("/login", "POST, OPTIONS"),
        ("/logout", "POST, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/livez", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_returns_the_allowed_methods(as_user, alice, address, allowed):
    response = as_user(alice).options(address)

    assert response.status_code == 204
    assert response.content == b""
    assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed.split(", "))


@pytest.mark.parametrize("address", ["/", "/docs", "/redoc", "/livez", "/readyz", "/openapi.json", "/notes"])
def test_head_is_allowed_where_get_is(as_user, alice, address):
    response = as_user(alice).head(address)

    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "application/vnd.api+json"])
def test_an_accept_header_without_json_gets_406(as_user, alice, accept):
    response = as_user(alice).get("/notes", headers={"Accept": accept})

    assert problem_of(response) == (406, "not_acceptable")


@pytest.mark.parametrize("address", ["/openapi.yaml", "/openapi.json"])
def test_the_problem_of_a_document_is_json(client, address):
    response = client.get(address, headers={"Accept": "text/html"})

    assert problem_of(response) == (406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"])
def test_an_accept_header_that_allows_json_gets_json(as_user, alice, accept):
    response = as_user(alice).get("/notes", headers={"Accept": accept})

    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", FORM, "multipart/form-data; boundary=x", "application/xml", "x", "*/*", "application/*"],
)
def test_a_body_of_another_type_gets_415(as_user, alice, content_type):
    response = as_user(alice).post("/notes", "title=Milk", content_type=content_type)

    assert problem_of(response) == (415, "unsupported_media_type")
