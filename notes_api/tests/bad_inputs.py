"""Inputs, clients and checks that the tests of hostile requests share."""

import pytest

from notes_api.tests.live_server import connected, logged_in

# A codec of bytes to bytes, one of text to text, one that always fails, one with a limit of its own, and no codecs.
CHARSETS = ["utf-16", "utf-7", "latin-1", "rot13", "zip", "idna", "undefined", "nonsense", "", '"', "utf-8\xff"]
CHARSETS += ["x" * 5000, "../../etc/passwd", "UTF-8; charset=utf-7"]


def is_client_problem(response):
    """Whether the response is a 4xx problem."""
    return (
        400 <= response.status_code < 500
        and response.headers["Content-Type"] == "application/problem+json"
        and response.json()["status"] == response.status_code
    )


@pytest.fixture(scope="module")
def owner(product):
    """A client of the server that is logged in and has a note."""
    with logged_in(product) as client:
        client.note = client.post("/notes", json={"title": "Milk"}).headers["Location"]
        yield client


@pytest.fixture(scope="module")
def stranger(product):
    """A client of the server that is not logged in."""
    with connected(product) as client:
        yield client
