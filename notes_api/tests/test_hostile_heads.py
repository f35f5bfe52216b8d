"""Hostile request heads: each is refused or ignored, never misread, and the server continues to serve."""

import httpx
import pytest

from notes_api.tests.bad_inputs import owner, stranger
from notes_api.tests.raw_http import head, heard

__all__ = ["owner", "stranger"]


HEADERS = {
    "a long token": ("Authorization: Bearer " + "a" * 60_000,),
    "an endless token": ("Authorization: Bearer " + "a" * 100_000,),
    "a token beyond ASCII": ("Authorization: Bearer \xe4\xf6\xfc",),
    "a token with dots": ("Authorization: Bearer ....",),
    "a token of nothing": ("Authorization: Bearer",),
    "a scheme of nothing": ("Authorization:",),
    "two tokens": ("Authorization: Bearer a", "Authorization: Bearer b"),
    "a token of two words": ("Authorization: Bearer a b",),
    "a token without a signature": ("Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",),
    "a token that is no UTF-8 inside": ("Authorization: Bearer __8.__8.__8",),
    "another scheme": ("Authorization: Basic //8=",),
    "NUL in a value": ("X: a\x00b",),
    "NUL in a name": ("X\x00: a",),
    "a header without a name": (": a",),
    "a header without a colon": ("nonsense",),
    "1,000 headers": tuple(f"X-{number}: a" for number in range(1000)),
    "10,000 headers": tuple(f"X-{number}: a" for number in range(10_000)),
    "a line end in an id": ("X-Request-ID: a\r\nSet-Cookie: stolen=1",),
    "a bare carriage return in an id": ("X-Request-ID: a\rSet-Cookie: stolen=1",),
    "a bare line feed in an id": ("X-Request-ID: a\nSet-Cookie: stolen=1",),
    "two hosts": ("Host: evil.example",),
}


def is_refused(answer):
    """Whether the server closed the connection or sent an error, and nothing of the request became a header."""
    return answer is None or (answer.is_refusal and "Set-Cookie" not in answer.headers)


def test_a_hostile_header_is_refused(product):
    answers = {name: heard(product, head("GET /notes HTTP/1.1", *lines)) for name, lines in HEADERS.items()}

    assert [name for name, answer in answers.items() if not is_refused(answer)] == []


def test_an_unknown_host_is_refused(product):
    lines = ["Host: evil.example", "Host:", "Host: \xff", "Host: localhost:99999999", "X: y"]
    heads = {line: f"GET /notes HTTP/1.1\r\n{line}\r\nConnection: close\r\n\r\n" for line in lines}

    assert [line for line in lines if not is_refused(heard(product, heads[line].encode("latin-1")))] == []


GARBAGE = [
    "",
    '"',
    '"""',
    ",,,",
    "*, *",
    "W/",
    'W/"',
    "\xff\xfe",
    "{}",
    "'; DROP TABLE notes_note; --",
    "-1",
    "%00",
    "\t",
]
GARBAGE += [
    "9" * 400,
    '"' + "9" * 5000 + '"',
    "a" * 5000,
    ",".join(['"1"'] * 1900),
    "nan",
    "../..",
    "<script>",
    "()" * 500,
]
GARBLED = ["Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Origin", "Range", "If-Modified-Since", "Referer"]
GARBLED += ["If-Match", "If-None-Match", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "TE"]
GARBLED += ["X-HTTP-Method-Override", "X-CSRFToken", "Idempotency-Key", "Last-Event-ID", "X-Request-ID", "User-Agent"]
GARBLED += ["If-Range", "If-Unmodified-Since", "Date", "Via", "Content-Language", "Content-Disposition", "X-Real-IP"]


def unexpected(owner, names, method, path, statuses, **options):
    """Return the headers and values that get another status."""

    def status_of(name, value):
        headers = {name: value.strip().encode("latin-1")}
        return owner.request(method, path.format(note=owner.note), headers=headers, **options).status_code

    return [(name, value) for name in names for value in GARBAGE if status_of(name, value) not in statuses]


def test_garbage_in_a_header_is_refused_or_ignored(owner):
    assert unexpected(owner, GARBLED, "GET", "{note}", {200, 304, 400, 404, 406, 412}) == []


def test_garbage_in_a_header_of_a_request_for_a_file_is_refused_or_ignored(owner):
    names = ["Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding"]

    assert unexpected(owner, names, "GET", "/static/notes_api/pages.css", {200, 206, 304, 400, 416}) == []


@pytest.mark.parametrize("path", ["/notes", "/changes"])
def test_garbage_in_a_header_of_a_request_for_a_list_is_refused_or_ignored(owner, path):
    assert unexpected(owner, ["Accept", "If-None-Match"], "GET", path, {200, 304, 400, 406, 412}) == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/notes"), ("PATCH", "{note}")])
def test_garbage_in_a_header_of_a_write_is_refused_or_ignored(owner, method, path):
    names = ["Idempotency-Key", "If-Match", "If-None-Match", "Content-Type", "Content-Encoding"]
    statuses = {200, 201, 400, 412, 415, 422, 431}

    assert unexpected(owner, names, method, path, statuses, json={"title": "Milk"}) == []


def test_an_invalid_event_id_is_refused(owner):
    def status_of(value):
        headers = {"Last-Event-ID": value.strip().encode("latin-1")}
        with owner.stream("GET", "/changes/stream", headers=headers) as response:
            return response.status_code

    assert [value for value in GARBAGE if value.strip() and status_of(value) != 400] == []


def test_an_upgrade_to_a_web_socket_is_ignored(product):
    answer = heard(
        product,
        head("GET /changes/stream HTTP/1.1", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"),
    )

    assert answer.status == 401


def test_a_write_that_offers_an_upgrade_to_http2_is_executed(owner):
    # Java's own client sends this by default.
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAAB"}
    kind = {"Content-Type": "application/merge-patch+json"}

    response = owner.patch(owner.note, content=iter([b'{"title": ', b'"Oat milk"}']), headers={**offer, **kind})

    assert (response.status_code, response.json()["title"]) == (200, "Oat milk")


def test_a_method_cannot_be_overridden(owner):
    owner.post(owner.note, headers={"X-HTTP-Method-Override": "DELETE"}, data={"_method": "DELETE"})

    assert owner.get(owner.note).status_code == 200


ADMIN_QUERIES = ["next=%00", "next=//evil.example", "%00=%00", "next=%ff", "_popup=%00", "a[]=%0d%0a"]


HOSTILE_PAGES = [
    *(("/admin/login/", query) for query in ADMIN_QUERIES),
    ("/admin/", "%00=%00"),
    ("/admin/jsi18n/", "%00=%00"),
]


def test_garbage_in_a_query_of_the_admin_does_not_cause_a_server_error(stranger, subtests):
    for page, query in HOSTILE_PAGES:
        with subtests.test(page=page, query=query):
            response = stranger.get(f"{page}?{query}")

            assert response.status_code < 500
            assert response.headers.get("Location", "/admin/").startswith("/admin/")


@pytest.mark.parametrize("charset", ["idna", "punycode", "rot13", "utf-16"])
def test_an_unusual_charset_does_not_cause_a_server_error(stranger, charset):
    kind = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}

    asked = stranger.get("/notes?q=%e4", headers=kind)
    posted = stranger.post("/admin/login/", content=b"username=%E4&password=%E4", headers=kind)

    assert (asked.status_code, posted.status_code) == (401, 403)


def test_the_server_still_creates_notes(owner):
    assert owner.post("/notes", json={"title": "Bread"}, timeout=httpx.Timeout(10)).status_code == 201
