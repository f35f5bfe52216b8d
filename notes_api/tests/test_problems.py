"""Every error is a problem (RFC 9457), and every response has a request id."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from accounts.tests.credentials import CHALLENGE, INVALID_TOKEN_CHALLENGE
from notes_api import urls
from notes_api.rest.problems import make_problem
from notes_api.tests.responses import FORM, UNKNOWN_NOTE, problem_of


def broken(request):
    raise ZeroDivisionError("a bug")


def forbidden(request):
    raise PermissionDenied


urlpatterns = [*urls.urlpatterns, path("broken", broken), path("forbidden", forbidden)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def database_is_away(execute, sql, params, many, context):
    raise OperationalError("the connection is lost")


@pytest.fixture
def outsider():
    """A client that gets a response for an exception, and whose forms carry no CSRF token."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("status", "title"), [(404, "Not Found"), (413, "Content Too Large"), (422, "Unprocessable Content")]
)
def test_a_problem_has_the_title_of_its_status_on_every_python(status, title):
    assert make_problem(status, "code", "detail", "id")["title"] == title


def test_a_problem_names_each_invalid_field(as_user, alice):
    response = as_user(alice).post("/notes", {"titel": "Milk"}, headers={"X-Request-ID": "42"})

    assert response.status_code == 400
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request is invalid; `errors` lists the fields.",
        "code": "invalid",
        "request_id": "42",
        "errors": [
            {
                "field": "titel",
                "code": "unknown",
                "message": "Unknown member; accepted: title, content, tags, is_pinned, is_archived.",
            }
        ],
    }


UNKNOWN = ["/nothing", "/notes/", "/users/me/", "/login/", "/docs/", "/notes/x", "/api/v1", "/%00", "/notes//", "/é"]
METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


def test_an_unknown_path_is_a_problem_for_every_method(outsider):
    sent = [*(("GET", each) for each in UNKNOWN), *((method, "/nothing") for method in METHODS)]

    assert {each: problem_of(outsider.generic(*each)) for each in sent} == dict.fromkeys(sent, (404, "not_found"))


def test_malformed_json_is_a_problem(as_user, alice):
    response = as_user(alice).post("/notes", '{"title": "Milk",}', content_type="application/json")

    assert problem_of(response) == (400, "malformed")


def test_a_missing_body_is_invalid(as_user, alice):
    response = as_user(alice).post("/notes", content_type="application/json")

    assert problem_of(response) == (400, "invalid")


def test_without_credentials_the_challenge_is_bearer(client):
    response = client.get("/notes")

    assert problem_of(response) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == CHALLENGE


def test_the_challenge_for_an_invalid_token_names_the_error(client):
    response = client.get(UNKNOWN_NOTE, headers={"Authorization": "Bearer nonsense"})

    assert problem_of(response) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == INVALID_TOKEN_CHALLENGE


def test_the_response_to_a_wrong_password_has_a_challenge(client):
    response = client.post("/login", {"username": "nobody@example.com", "password": "wrong"})

    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_host_is_refused(outsider):
    hosts = ["evil.example", "testserver.evil.example", "localhost:x", "", "a b", "[::1"]

    responses = {host: outsider.get("/notes", headers={"Host": host}) for host in hosts}

    assert {host: problem_of(each) for host, each in responses.items()} == dict.fromkeys(hosts, (400, "bad_request"))
    policies = {response.headers["Content-Security-Policy"] for response in responses.values()}
    assert [policy for policy in policies if "frame-ancestors 'none'" not in policy] == []


@pytest.mark.parametrize("address", ["/", "/docs", "/nothing"])
def test_every_page_refuses_an_unknown_host(outsider, address):
    assert problem_of(outsider.get(address, headers={"Host": "evil.example"})) == (400, "bad_request")


def test_a_form_of_too_many_fields_is_a_problem(outsider):
    response = outsider.post("/login", "&".join(["a=1"] * 2000), content_type=FORM)

    assert problem_of(response) == (400, "invalid_request")


@pytest.mark.urls(__name__)
def test_an_unhandled_exception_is_a_problem_without_details(outsider):
    response = outsider.get("/broken")

    assert problem_of(response) == (500, "internal_error")
    assert b"ZeroDivisionError" not in response.content


@pytest.mark.urls(__name__)
def test_a_permission_error_of_django_is_a_problem(outsider):
    assert problem_of(outsider.get("/forbidden")) == (403, "permission_denied")


def test_without_a_database_the_response_is_503_with_retry_after(as_user, alice):
    client = as_user(alice)

    with connection.execute_wrapper(database_is_away):
        response = client.get("/notes")

    assert problem_of(response) == (503, "service_unavailable")
    assert response.headers["Retry-After"] == "1"


def test_a_log_in_without_a_database_gets_503(client, alice):
    with connection.execute_wrapper(database_is_away):
        response = client.post("/login", {"username": "alice@example.com", "password": "correct horse battery"})

    assert problem_of(response) == (503, "service_unavailable")
