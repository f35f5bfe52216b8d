"""Every refusal is a problem (RFC 9457), and every answer has a request id."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from notes_api import urls
from notes_api.problems import problem

NOWHERE = "/notes/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
FORM = "application/x-www-form-urlencoded"


def broken(request):
    raise ZeroDivisionError("a bug")


def forbidden(request):
    raise PermissionDenied


urlpatterns = [*urls.urlpatterns, path("broken", broken), path("forbidden", forbidden)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def database_is_away(execute, sql, params, many, context):
    raise OperationalError("the connection is lost")


def problem_of(response):
    """The problem, if it is one in every respect."""
    body = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == body["request_id"]
    assert list(body)[:7] == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert body["status"] == response.status_code
    return body["status"], body["code"]


@pytest.fixture
def outsider():
    """A client that sees a bug as the world does, and whose forms carry no CSRF token."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("status", "title"), [(404, "Not Found"), (413, "Content Too Large"), (422, "Unprocessable Content")]
)
def test_a_problem_has_the_title_of_its_status_on_every_python(status, title):
    assert problem(status, "code", "detail", "id")["title"] == title


def test_a_problem_says_what_is_wrong_where(as_user, alice):
    response = as_user(alice).post("/notes", {"titel": "Milk"}, headers={"X-Request-ID": "42"})

    assert response.status_code == 400
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request does not validate: `errors` says where.",
        "code": "invalid",
        "request_id": "42",
        "errors": [
            {
                "field": "titel",
                "code": "unknown",
                "message": "There is no such member; there are: title, content, tags, is_pinned, is_archived.",
            }
        ],
    }


@pytest.mark.parametrize(
    "unknown",
    ["/nothing", "/notes/", "/users/me/", "/login/", "/docs/", "/notes/x", "/api/v1", "/%00", "/notes//", "/é"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_an_unknown_path_is_a_problem(outsider, unknown, method):
    assert problem_of(outsider.generic(method, unknown)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", "/notes", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/notes", "GET, POST, HEAD, OPTIONS"),
        ("POST", NOWHERE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("BREW", NOWHERE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
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
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(as_user, alice, method, address, allowed):
    client = as_user(alice)
    client.handler.enforce_csrf_checks = True

    response = client.generic(method, address)

    assert problem_of(response) == (405, "method_not_allowed")
    assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed.split(", "))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/notes", "GET, POST, HEAD, OPTIONS"),
        (NOWHERE, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("/users/me", "GET, HEAD, OPTIONS, PATCH"),
        ("/login", "POST, OPTIONS"),
        ("/logout", "POST, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/livez", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_answers_what_is_allowed(as_user, alice, address, allowed):
    response = as_user(alice).options(address)

    assert response.status_code == 204
    assert response.content == b""
    assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed.split(", "))


@pytest.mark.parametrize("address", ["/", "/docs", "/redoc", "/livez", "/readyz", "/openapi.json", "/notes"])
def test_head_goes_wherever_get_goes(as_user, alice, address):
    response = as_user(alice).head(address)

    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "application/problem+json"])
def test_what_cannot_be_produced_is_not_acceptable(as_user, alice, accept):
    response = as_user(alice).get("/notes", headers={"Accept": accept})

    assert problem_of(response) == (406, "not_acceptable")


@pytest.mark.parametrize("address", ["/openapi.yaml", "/openapi.json"])
def test_a_refusal_is_json_even_where_the_answer_is_not(client, address):
    response = client.get(address, headers={"Accept": "text/html"})

    assert problem_of(response) == (406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1"])
def test_json_is_produced_for_who_takes_it(as_user, alice, accept):
    response = as_user(alice).get("/notes", headers={"Accept": accept})

    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "content_type", ["text/plain", FORM, "multipart/form-data; boundary=x", "application/xml", "x"]
)
def test_a_body_of_another_type_is_not_read(as_user, alice, content_type):
    response = as_user(alice).post("/notes", "title=Milk", content_type=content_type)

    assert problem_of(response) == (415, "unsupported_media_type")


@pytest.mark.parametrize("body", ["{", "nonsense", "{'title': 'Milk'}", '{"title": "Milk"} x', '{"title": "Milk",}'])
def test_malformed_json_is_a_problem(as_user, alice, body):
    response = as_user(alice).post("/notes", body, content_type="application/json")

    assert problem_of(response) == (400, "malformed")


def test_a_missing_body_does_not_validate(as_user, alice):
    response = as_user(alice).post("/notes", content_type="application/json")

    assert problem_of(response) == (400, "invalid")


def test_without_credentials_the_challenge_is_bearer(client):
    response = client.get("/notes")

    assert problem_of(response) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("address", ["/notes", NOWHERE, "/users/me", "/sessions"])
def test_with_a_bad_token_the_challenge_names_the_error(client, address):
    response = client.get(address, headers={"Authorization": "Bearer nonsense"})

    assert problem_of(response) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_wrong_password_is_challenged_too(client):
    response = client.post("/login", {"username": "nobody@example.com", "password": "wrong"})

    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "localhost:x", "", "a b", "[::1"])
@pytest.mark.parametrize("address", ["/", "/notes", "/docs", "/nothing"])
def test_an_unknown_host_is_refused(outsider, host, address):
    response = outsider.get(address, headers={"Host": host})

    assert problem_of(response) == (400, "bad_request")
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_a_form_of_too_many_fields_is_a_problem(outsider):
    response = outsider.post("/login", "&".join(["a=1"] * 2000), content_type=FORM)

    assert problem_of(response) == (400, "invalid_request")


@pytest.mark.urls(__name__)
def test_a_bug_is_a_problem_and_no_page(outsider):
    response = outsider.get("/broken")

    assert problem_of(response) == (500, "internal_error")
    assert b"ZeroDivisionError" not in response.content


@pytest.mark.urls(__name__)
def test_what_django_forbids_is_a_problem(outsider):
    assert problem_of(outsider.get("/forbidden")) == (403, "permission_denied")


def test_while_the_database_is_away_the_client_may_try_again(as_user, alice):
    client = as_user(alice)

    with connection.execute_wrapper(database_is_away):
        response = client.get("/notes")

    assert problem_of(response) == (503, "service_unavailable")
    assert response.headers["Retry-After"] == "1"


def test_while_the_database_is_away_nobody_can_log_in(client, alice):
    with connection.execute_wrapper(database_is_away):
        response = client.post("/login", {"username": "alice@example.com", "password": "correct horse battery"})

    assert problem_of(response) == (503, "service_unavailable")


@pytest.mark.parametrize("name", ["42", "a", "A-Z_0.9", "x" * 64])
def test_a_request_keeps_the_id_it_came_with(client, name):
    assert client.get("/notes", headers={"X-Request-ID": name}).headers["X-Request-ID"] == name


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "<script>", "a\r\nSet-Cookie: a=b", "ä", "\x1b[31m", "a;b"])
def test_an_id_that_is_not_sane_is_replaced(client, name):
    response = client.get("/notes", headers={"X-Request-ID": name})

    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


@pytest.mark.parametrize(
    "address", ["/", "/docs", "/livez", "/readyz", "/notes", "/nothing", "/openapi.json", "/admin/"]
)
def test_every_answer_has_a_request_id(client, address):
    assert re.fullmatch("[0-9a-f]{32}", client.get(address).headers["X-Request-ID"])


def test_every_request_has_an_id_of_its_own(client):
    assert client.get("/").headers["X-Request-ID"] != client.get("/").headers["X-Request-ID"]
