"""Every response has a request id."""

import re

import pytest

pytestmark = pytest.mark.usefixtures("_both_paths")


@pytest.mark.parametrize("name", ["42", "a", "A-Z_0.9", "x" * 64])
def test_a_valid_request_id_is_kept(client, name):
    assert client.get("/notes", headers={"X-Request-ID": name}).headers["X-Request-ID"] == name


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "<script>", "a\r\nSet-Cookie: a=b", "ä", "\x1b[31m", "a;b"])
def test_an_invalid_request_id_is_replaced(client, name):
    response = client.get("/notes", headers={"X-Request-ID": name})

    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


@pytest.mark.parametrize(
    "address", ["/", "/docs", "/livez", "/readyz", "/notes", "/nothing", "/openapi.json", "/admin/"]
)
def test_every_response_has_a_request_id(client, address):
    assert re.fullmatch("[0-9a-f]{32}", client.get(address).headers["X-Request-ID"])


def test_two_requests_have_different_ids(client):
    assert client.get("/").headers["X-Request-ID"] != client.get("/").headers["X-Request-ID"]
