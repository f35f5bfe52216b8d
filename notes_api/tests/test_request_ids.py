"""Every response has a request id."""

import re

import pytest

pytestmark = pytest.mark.usefixtures("_both_paths")


VALID = ["42", "a", "A-Z_0.9", "x" * 64]
INVALID = ["", " ", "a b", "x" * 65, "<script>", "a\r\nSet-Cookie: a=b", "ä", "\x1b[31m", "a;b"]
ADDRESSES = ["/", "/docs", "/livez", "/readyz", "/notes", "/nothing", "/openapi.json", "/admin/"]


def is_made_here(name):
    return re.fullmatch("[0-9a-f]{32}", name) is not None


@pytest.fixture
def id_of(client):
    """`id_of("42")` sends a request with this id and returns that of the response."""
    return lambda name: client.get("/notes", headers={"X-Request-ID": name}).headers["X-Request-ID"]


def test_a_valid_request_id_is_kept(id_of):
    assert [id_of(name) for name in VALID] == VALID


def test_an_invalid_request_id_is_replaced(id_of):
    assert [name for name in INVALID if not is_made_here(id_of(name))] == []


def test_every_response_has_a_request_id(client):
    names = {address: client.get(address).headers["X-Request-ID"] for address in ADDRESSES}

    assert [address for address, name in names.items() if not is_made_here(name)] == []


def test_two_requests_have_different_ids(client):
    assert client.get("/").headers["X-Request-ID"] != client.get("/").headers["X-Request-ID"]
