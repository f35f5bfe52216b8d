"""Bodies that no honest client sends: each is refused in so many words, and the server goes on."""

import json

import httpx
import pytest

from notes_api.tests.hostility import CHARSETS, refused
from notes_api.tests.serving import PASSWORD, connected, log_in, logged_in

JSON = {"Content-Type": "application/json"}

BODIES = {
    "1,000 arrays": b"[" * 1000 + b"]" * 1000,
    "1,000 objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "60,000 open arrays": b"[" * 60_000,
    "a long number": b'{"title": ' + b"9" * 60_000 + b"}",
    "a long negative exponent": b'{"title": 1e-' + b"9" * 1000 + b"}",
    "a large number": b'{"title": 1e400}',
    "half a surrogate pair": b'{"title": "\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udfff": 1}',
    "NUL": b'{"title": "a\\u0000"}',
    "NUL as a name": b'{"\\u0000": 1}',
    "a bare NUL": b'{"title": "\x00"}',
    "a bare line end": b'{"title": "\n"}',
    "not UTF-8": b'{"title": "\xff"}',
    "a surrogate in UTF-8": b'{"title": "\xed\xa0\x80"}',
    "an overlong form": b'{"title": "\xc0\xaf"}',
    "UTF-16": '{"title": "Milk"}'.encode("utf-16"),
    "UTF-32": '{"title": "Milk"}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"title": "Milk"}',
    "one name twice": b'{"title": "Milk", "title": "Bread"}',
    "NaN": b'{"title": NaN}',
    "half of it": b'{"title": "Mi',
    "two of it": b'{"title": "Milk"}{}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"5",
    "a text": b'"title"',
    "a prototype": b'{"__proto__": {"title": "Milk"}, "constructor": {}}',
    "a member of Python": b'{"__class__": "x", "_state": {}}',
    "a query in a member": b'{"title__startswith": "M", "owner__is_staff": true}',
    "no JSON": b"title=Milk",
}
READERS = {
    "createNote": ("POST", "/notes"),
    "replaceNote": ("PUT", "{note}"),
    "updateNote": ("PATCH", "{note}"),
    "appendToNote": ("POST", "{note}/append"),
    "editNote": ("POST", "{note}/edit"),
    "batchNotes": ("POST", "/notes/batch"),
    "registerUser": ("POST", "/users"),
    "updateMe": ("PATCH", "/users/me"),
    "verifyEmail": ("POST", "/email/verify"),
    "sendVerification": ("POST", "/email/verify/send"),
    "login": ("POST", "/login"),
    "refreshLogin": ("POST", "/login/refresh"),
}


@pytest.fixture(scope="module")
def owner(product):
    with logged_in(product) as client:
        client.note = client.post("/notes", json={"title": "Milk"}).headers["Location"]
        yield client


@pytest.fixture(scope="module")
def stranger(product):
    with connected(product) as client:
        yield client


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", BODIES)
def test_json_that_means_no_good_is_refused_everywhere(owner, reader, body):
    method, path = READERS[reader]

    response = owner.request(method, path.format(note=owner.note), content=BODIES[body], headers=JSON)

    assert refused(response), response.text
    assert owner.get(owner.note).json()["title"] == "Milk"


@pytest.mark.parametrize("digits", [5000, 1_000_000])
def test_a_number_of_a_million_digits_is_refused(owner, digits):
    response = owner.post("/notes", content=b'{"title": ' + b"9" * digits + b"}", headers=JSON)

    assert refused(response)
    assert response.status_code == 400


@pytest.mark.parametrize("member", ["is_pinned", "is_archived", "title", "content", "version", "id"])
@pytest.mark.parametrize("value", ["{}", "[]", "10e300", "-0", "[[[]]]", '{"$gt": ""}'])
def test_a_member_of_another_type_is_refused_or_read_only(owner, member, value):
    body = b'{"title": "Milk", "%s": %s}' % (member.encode(), value.encode())
    if member == "title":
        body = b'{"title": %s}' % value.encode()

    response = owner.put(owner.note, content=body, headers=JSON)

    assert response.status_code == 200 if member in ("id", "version") else refused(response)


def test_a_chunked_patch_changes_the_note(owner):
    def pieces():
        yield b'{"content": '
        yield b'"in pieces"}'

    response = owner.patch(owner.note, content=pieces(), headers=JSON)

    assert response.status_code == 200
    assert owner.get(owner.note).json()["content"] == "in pieces"


def test_a_compressed_body_is_refused(owner):
    response = owner.post("/notes", content=b"\x1f\x8b\x08\x00", headers={**JSON, "Content-Encoding": "gzip"})

    assert refused(response)


KINDS = ["", "text/plain", "application/xml", "application/json, text/html", "json", "/", ";", "a/b/c", "application/"]
KINDS += ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "*/*"]
KINDS += ["application/json\xff", "application/json; charset", "x" * 5000, "application/json5", "text/json"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/notes", "/notes/batch", "/users", "/logout"])
def test_what_is_not_called_json_is_not_read_as_json(owner, path, kind):
    response = owner.post(path, content=b'{"operations": 1}', headers={"Content-Type": kind.encode("latin-1")})

    assert refused(response), response.text


@pytest.mark.parametrize("charset", CHARSETS)
def test_the_name_of_a_charset_changes_nothing_about_json(owner, charset):
    header = f"application/json; charset={charset}".encode("latin-1")

    response = owner.post("/notes", content='{"title": "Käse"}'.encode(), headers={"Content-Type": header})

    assert response.status_code == 415 or response.json()["title"] == "Käse"


ADDRESSES = ["a\u2028@example.com", "a\u202e@example.com", "a" * 65 + "@example.com", "a@b", "@", "a@example.com\u0000"]
ADDRESSES += ["a@" + "b" * 64 + ".com", "a b@example.com", "a@exa\u00admple.com", "a@example.com\r\nBcc: b@example.com"]
ADDRESSES += ["a@\ud83d.com", '"a b"@example.com ', "a@[127.0.0.1\u200b]", "\u3000@example.com", "a@xn--\u00e9.com"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_fools_people_or_machines_is_refused(stranger, address):
    body = json.dumps({"email": address, "password": PASSWORD})

    assert refused(stranger.post("/users", content=body.encode(), headers=JSON))
    assert refused(log_in(stranger, address.encode("utf-8", "replace").decode()))


PASSWORDS = ["x" * 129, "ü" * 129, "x" * 60_000, "", " ", "\u0000" * 12]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_that_no_one_can_have_is_refused_at_both_doors(owner, stranger, password):
    registration = stranger.post("/users", json={"email": "door@example.com", "password": password})

    assert refused(registration)
    assert refused(log_in(stranger, owner.email, password))


@pytest.mark.parametrize("password", ["x7" * 64, "ü7" * 64, "🥛7" * 64])
def test_a_password_beyond_the_72_bytes_of_bcrypt_counts_to_its_end(stranger, password):
    address = f"{len(password.encode())}@example.com"
    assert stranger.post("/users", json={"email": address, "password": password}).status_code == 201

    assert log_in(stranger, address, password).status_code == 200
    assert log_in(stranger, address, password[:-1] + "!").status_code == 401


@pytest.mark.parametrize("edit", [{"old": "a", "new": "a" * 1024}, {"old": "a", "new": "aa"}])
def test_edits_that_multiply_are_bounded(owner, edit):
    address = owner.post("/notes", json={"title": "Bomb", "content": "a"}).headers["Location"]

    response = owner.post(f"{address}/edit", json={"edits": [edit] * 100}, timeout=httpx.Timeout(10))

    assert refused(response)
    assert owner.get(address).json()["content"] == "a"
