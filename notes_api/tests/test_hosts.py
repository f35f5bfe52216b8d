"""The host that a request is for, and how a response ends in HTTP/1.0."""

import pytest

from notes_api.tests.product_client import ProductClient
from notes_api.tests.raw_http import heard


@pytest.fixture
def log_in_from(db):
    """`log_in_from("http://…")` sends the form of the admin from a page of this origin; returns the status."""

    def send(origin):
        browser, inner = ProductClient(enforce_csrf_checks=True), {"Host": "10.0.0.5"}
        token = browser.get("/admin/login/", headers=inner).cookies["csrftoken"].value
        form = {"csrfmiddlewaretoken": token, "username": "nobody@example.com", "password": "wrong"}
        return browser.post("/admin/login/", form, "multipart", headers={**inner, "Origin": origin}).status_code

    return send


def status_of(server, *lines):
    return heard(server, "\r\n".join([*lines, "Connection: close", "", ""]).encode()).status


ELSEWHERE = [
    ["GET /notes HTTP/1.1"],
    ["GET http://localhost/notes HTTP/1.1"],
    ["GET http://evil.example/notes HTTP/1.1", "Host: localhost"],
    ["GET http://localhost/notes HTTP/1.1", "Host: evil.example"],
    ["GET http://localhost:81/notes HTTP/1.1", "Host: localhost"],
    ["GET http://user@localhost/notes HTTP/1.1", "Host: localhost"],
    ["GET http://evil.example/notes HTTP/1.1", "Host: evil.example"],
    ["GET https://evil.example?/notes HTTP/1.1", "Host: localhost"],
    ["GET http:///notes HTTP/1.1", "Host: localhost"],
    ["GET ftp://localhost/notes HTTP/1.1", "Host: localhost"],
    ["GET http://evil.example/notes HTTP/1.0"],
    ["GET http://evil.example/notes HTTP/1.0", "Host: localhost"],
]


def test_a_request_for_another_host_or_for_none_is_rejected(product):
    assert [lines for lines in ELSEWHERE if status_of(product, *lines) != 400] == []


HERE = [
    ["GET http://localhost/notes HTTP/1.1", "Host: localhost"],
    ["GET HTTP://LocalHost/notes HTTP/1.1", "Host: localhost"],
    ["GET https://localhost/notes?limit=1 HTTP/1.1", "Host: localhost"],
    ["GET http://localhost:8000/notes HTTP/1.1", "Host: localhost:8000"],
    ["GET http://localhost/notes HTTP/1.0"],
    ["GET /notes HTTP/1.0", "Host: localhost"],
]


def test_the_target_of_a_request_may_name_its_host(product):
    assert [lines for lines in HERE if status_of(product, *lines) != 401] == []


def test_a_stream_in_http_1_0_has_no_chunks(product, visitor):
    token = visitor.headers["Authorization"]
    with product.connect() as connection:
        connection.sendall(
            f"GET /changes/stream HTTP/1.0\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode()
        )
        response = connection.makefile("rb")
        head = list(iter(response.readline, b"\r\n"))
        visitor.post("/notes", json={"title": "Milk"}).raise_for_status()
        lines = iter(response.readline, b"")
        event = next(line for line in lines if line.startswith(b"event:"))

    assert not [line for line in head if line.lower().startswith(b"transfer-encoding")]
    assert b"connection: close\r\n" in head
    assert event == b"event: change\n"


@pytest.mark.parametrize("path", ["/livez", "/openapi.json", "/docs", "/nowhere"])
def test_a_response_in_http_1_0_is_whole(product, path):
    answer = heard(product, f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())

    assert "Transfer-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize(
    "public", ["http://notes.example.org", "http://notes.example.org:8000", "http://nötizen.example"]
)
def test_the_admin_accepts_forms_of_the_public_address_over_plain_http(set_environment, settings, log_in_from, public):
    set_environment(PUBLIC_BASE_URL=public, ALLOWED_HOSTS="10.0.0.5")

    assert log_in_from(settings.PUBLIC_BASE_URL.origin) == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "https://notes.example.org", "http://notes.example.org:81"])
def test_the_admin_rejects_forms_of_other_addresses(set_environment, log_in_from, origin):
    set_environment(PUBLIC_BASE_URL="http://notes.example.org", ALLOWED_HOSTS="10.0.0.5")

    assert log_in_from(origin) == 403


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_admin_without_its_slash_is_redirected(client, method):
    response = getattr(client, method)("/admin")

    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_nothing_else_may_be_sent_to_the_admin_without_its_slash(client):
    assert client.post("/admin").status_code == 405
