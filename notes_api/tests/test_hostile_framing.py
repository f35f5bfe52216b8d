"""Request lines, paths and lengths that are ambiguous or invalid."""

import socket

import pytest

from notes_api.tests.live_server import logged_in
from notes_api.tests.raw_http import head, heard


@pytest.fixture(scope="module")
def token(product):
    with logged_in(product) as client:
        return client.tokens["access_token"]


LINES = {
    "no HTTP": "hello",
    "HTTP/0.9": "GET /notes",
    "no version": "GET /notes HTTP",
    "a version to come": "GET /notes HTTP/9.9",
    "HTTP/2 as it begins": "PRI * HTTP/2.0",
    "no path": "GET  HTTP/1.1",
    "a path with a bare NUL": "GET /\x00 HTTP/1.1",
    "a path with a bare line end": "GET /notes\r/x HTTP/1.1",
    "a method in lower case": "get /notes HTTP/1.1",
    "a method of its own": "STEAL /notes HTTP/1.1",
    "a tunnel": "CONNECT example.com:443 HTTP/1.1",
    "a trace": "TRACE /notes HTTP/1.1",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an address of somebody else": "GET http://evil.example/notes HTTP/1.1",
}


def test_an_invalid_request_line_is_refused(product):
    responses = {name: heard(product, head(line)) for name, line in LINES.items()}

    assert [name for name, response in responses.items() if response and not response.is_refusal] == []


PATHS = ["/notes/%00", "/notes/%00%00", "/%00", "/notes%00", "/notes/%ff", "/%c0%af", "/notes/%0d%0aX: y", "/users/%00"]
PATHS += ["/notes/..%2f..%2fetc%2fpasswd", "/../../etc/passwd", "/static/../../etc/passwd", "/static/%2e%2e/manage.py"]
PATHS += ["/static/%00", "/static/..%5c..%5c", "//notes", "/notes//", "/notes/", "/./notes", "/notes/;a=b", "/%2fnotes"]
PATHS += [
    "/notes/" + "a" * 8000,
    "/notes/%ed%a0%80",
    "/notes/\xff",
    "/notes/%",
    "/notes/%zz",
    "/notes/%u0000",
    "/\u00e4",
]
PATHS += [
    "/notes/00000000-0000-0000-0000-00000000000g",
    "/notes/0-0-0-0-0",
    "/notes/{note}",
    "/trash/%00",
    "/sessions/'",
]
PATHS += ["/notes/00000000-0000-0000-0000-000000000000/revisions/" + "9" * 400, "/admin/%00/", "/users/me%00", "/~root"]
PATHS += [
    "/notes/00000000-0000-0000-0000-000000000000/revisions/" + "9" * 5000,
    "/.git/config",
    "/.env",
    "/openapi.json%00",
]
PATHS += ["/notes/00000000-0000-0000-0000-000000000000/revisions/-1", "/changes/stream%00", "/login%20", "/livez%00"]


def is_refused(path, response):
    # The admin answers with pages, and redirects to its own log-in.
    return response is None or response.is_refusal or (path.startswith("/admin/") and response.status in (302, 404))


def test_an_invalid_path_is_refused(product, token):
    authorization = f"Authorization: Bearer {token}"
    responses = {path: heard(product, head(f"GET {path} HTTP/1.1", authorization)) for path in PATHS}

    assert [path for path, response in responses.items() if not is_refused(path, response)] == []


FRAMINGS = {
    "two lengths": ("Content-Length: 2", "Content-Length: 3"),
    "two equal lengths": ("Content-Length: 2", "Content-Length: 2"),
    "a list of lengths": ("Content-Length: 2, 2",),
    "a length and chunks": ("Content-Length: 2", "Transfer-Encoding: chunked"),
    "chunks and a length": ("Transfer-Encoding: chunked", "Content-Length: 2"),
    "a negative length": ("Content-Length: -1",),
    "a signed length": ("Content-Length: +2",),
    "no length at all": ("Content-Length:",),
    "a hexadecimal length": ("Content-Length: 0x2",),
    "a length in Arabic digits": ("Content-Length: \xb2",),
    "an endless length": ("Content-Length: " + "9" * 30,),
    "an endless run of digits": ("Content-Length: " + "9" * 5000,),
    "a length in words": ("Content-Length: two",),
    "an unknown encoding": ("Transfer-Encoding: xchunked",),
    "an encoding before chunks": ("Transfer-Encoding: gzip, chunked",),
    "an encoding after chunks": ("Transfer-Encoding: chunked, identity",),
    "chunks twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "a vertical tab before chunks": ("Transfer-Encoding: \x0bchunked",),
    "a blank before the colon": ("Transfer-Encoding : chunked",),
    "a folded line": ("Transfer-Encoding:", " chunked"),
    "a line end inside": ("X: y\rTransfer-Encoding: chunked",),
    "no encoding": ("Transfer-Encoding:",),
}
SMUGGLED = "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: smuggled\r\n\r\n"


def read_all(connection):
    """Return all bytes until the server closes the connection."""
    try:
        return connection.makefile("rb").read()
    except ConnectionError:
        return b""


def post(product, headers, rest, *, ends=False):
    with product.connect() as connection:
        connection.sendall(head("POST /login HTTP/1.1", "Content-Type: application/json", *headers) + rest.encode())
        if ends:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def is_at_most_one_refusal(answers):
    return answers == b"" or (answers.startswith(b"HTTP/1.1 4") and answers.count(b"HTTP/1.1 ") == 1)


def test_a_body_with_an_ambiguous_length_does_not_smuggle_a_request(product):
    responses = {name: post(product, lines, SMUGGLED) for name, lines in FRAMINGS.items()}

    assert [name for name, answers in responses.items() if b"smuggled" in answers] == []
    assert [name for name, answers in responses.items() if not is_at_most_one_refusal(answers)] == []


CHUNKS = [
    "-1\r\n",
    "g\r\n",
    "ffffffffffffffffff\r\n",
    "5;" + "x" * 70_000,
    "5\r\nab",
    "\r\n",
    "5\nhello\n0\n\n",
    "0x5\r\n",
]


def test_invalid_chunks_are_refused(product):
    responses = {chunk: post(product, ["Transfer-Encoding: chunked"], chunk, ends=True) for chunk in CHUNKS}

    assert [chunk for chunk, answers in responses.items() if not is_at_most_one_refusal(answers)] == []
