"""What the tests of all apps read from an error response."""

from conftest import NOWHERE

UNKNOWN_NOTE = f"/notes/{NOWHERE}"
FORM = "application/x-www-form-urlencoded"


def invalid_fields(response):
    """Return the fields that a 400 names."""
    return [field for field, _ in field_errors(response)]


def field_errors(response):
    """Return the field and code of each error of a 400."""
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def problem_of(response):
    """Return the status and code of the problem, after a check of its form."""
    body = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == body["request_id"]
    assert list(body)[:7] == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert body["status"] == response.status_code
    return body["status"], body["code"]
