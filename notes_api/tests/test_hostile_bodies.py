"""Hostile bodies: the server refuses each with a problem and continues to serve."""

import json

import httpx
import pytest

from notes_api.tests.bad_inputs import CHARSETS, is_client_problem, owner, stranger
from notes_api.tests.live_server import PASSWORD, log_in

__all__ = ["owner", "stranger"]

JSON = {"Content-Type": "application/json"}

# The parser's own tests cover everything that is not strict JSON.
BODIES = {
    "not JSON": b"title=Milk",
    "not UTF-8": b'{"title": "\xff"}',
    "one name twice": b'{"title": "Milk", "title": "Bread"}',
    "a list": b"[]",
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


def test_every_operation_refuses_malformed_bodies(owner):
    def send(reader, name):
        method, path = READERS[reader]
        return owner.request(method, path.format(note=owner.note), content=BODIES[name], headers=JSON)

    sent = [(reader, name) for reader in READERS for name in BODIES]
    assert [each for each in sent if not is_client_problem(send(*each))] == []
    assert owner.get(owner.note).json()["title"] == "Milk"


@pytest.mark.parametrize("body", [b"null", b"5", b'"title"'])
def test_a_body_that_is_not_an_object_is_refused(owner, body):
    assert is_client_problem(owner.post("/notes", content=body, headers=JSON))


@pytest.mark.parametrize(
    "body",
    [
        b'{"__proto__": {"title": "Milk"}, "constructor": {}}',
        b'{"__class__": "x", "_state": {}}',
        b'{"title__startswith": "M", "owner__is_staff": true}',
    ],
)
def test_a_member_that_means_something_to_a_language_or_a_library_is_refused(owner, body):
    assert is_client_problem(owner.put(owner.note, content=body, headers=JSON))


OTHER_TYPES = ["{}", "[]", "10e300", "-0"]


@pytest.mark.parametrize("digits", [5000, 1_000_000])
def test_a_number_of_a_million_digits_is_refused(owner, digits):
    response = owner.post("/notes", content=b'{"title": ' + b"9" * digits + b"}", headers=JSON)

    assert is_client_problem(response)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "body", ['{"title": "Milk", "is_pinned": %s}', '{"title": %s}', '{"title": "Milk", "content": %s}']
)
def test_a_member_of_another_type_is_refused(owner, body):
    responses = {value: owner.put(owner.note, content=body % value, headers=JSON) for value in OTHER_TYPES}

    assert [value for value, response in responses.items() if not is_client_problem(response)] == []


@pytest.mark.parametrize("member", ["id", "version"])
def test_a_read_only_member_of_another_type_is_ignored(owner, member):
    assert owner.put(owner.note, json={"title": "Milk", member: {}}).status_code == 200


def test_a_chunked_patch_changes_the_note(owner):
    def pieces():
        yield b'{"content": '
        yield b'"in pieces"}'

    response = owner.patch(owner.note, content=pieces(), headers=JSON)

    assert response.status_code == 200
    assert owner.get(owner.note).json()["content"] == "in pieces"


def test_a_content_encoding_that_is_not_understood_is_a_415_that_names_the_one_that_is(owner, subtests):
    for encoding in ["gzip", "br", "identity, gzip", "GZIP", "aes128gcm", "utf-8", "*", "x-identity"]:
        with subtests.test(encoding=encoding):
            response = owner.post("/notes", content=b"\x1f\x8b\x08\x00", headers={**JSON, "Content-Encoding": encoding})

            assert is_client_problem(response)
            assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")


def test_identity_is_no_content_encoding(owner, subtests):
    for encoding in ["identity", "Identity", "identity, identity", "", ","]:
        with subtests.test(encoding=encoding):
            response = owner.post("/notes", json={"title": "Milk"}, headers={"Content-Encoding": encoding})

            assert response.status_code == 201


def test_a_media_type_that_is_not_understood_says_nothing_about_encodings(owner):
    response = owner.post("/notes", content=b"milk", headers={"Content-Type": "text/plain"})

    assert response.status_code == 415
    assert "Accept-Encoding" not in response.headers


def test_repeated_idempotency_keys_are_refused(owner):
    repeated = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    response = owner.post("/notes", json={"title": "Milk"}, headers=httpx.Headers(repeated))

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "Idempotency-Key"


KINDS = ["", "text/plain", "application/xml", "application/json, text/html", "json", "/", ";", "a/b/c", "application/"]
KINDS += ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x"]
KINDS += ["application/json\xff", "x" * 5000, "application/json5", "text/json"]


def declare(owner, kind):
    """Create a note with a body of this media type."""
    content = '{"title": "Käse"}'.encode()
    return owner.post("/notes", content=content, headers={"Content-Type": kind.encode("latin-1")})


def test_a_body_that_is_not_declared_as_json_is_not_read_as_json(owner):
    assert [kind for kind in KINDS if not is_client_problem(declare(owner, kind))] == []


@pytest.mark.parametrize("path", ["/notes/batch", "/users", "/logout"])
def test_every_operation_that_takes_json_refuses_plain_text(owner, path):
    assert is_client_problem(owner.post(path, content=b'{"operations": 1}', headers={"Content-Type": "text/plain"}))


def test_a_charset_does_not_change_how_json_is_read(owner):
    responses = {charset: declare(owner, f"application/json; charset={charset}") for charset in CHARSETS}
    others = {charset: found for charset, found in responses.items() if found.status_code not in (415, 431)}

    assert [charset for charset, response in others.items() if response.json().get("title") != "Käse"] == []


ADDRESSES = ["a\u2028@example.com", "a\u202e@example.com", "a" * 65 + "@example.com", "a@b", "@", "a@example.com\u0000"]
ADDRESSES += ["a@" + "b" * 64 + ".com", "a b@example.com", "a@exa\u00admple.com", "a@example.com\r\nBcc: b@example.com"]
ADDRESSES += ["a@\ud83d.com", '"a b"@example.com ', "a@[127.0.0.1\u200b]", "\u3000@example.com", "a@xn--\u00e9.com"]


def register(client, address):
    # JSON, because httpx does not encode half a surrogate pair.
    body = json.dumps({"email": address, "password": PASSWORD})
    return client.post("/users", content=body.encode(), headers=JSON)


def test_a_deceptive_address_is_refused(stranger):
    sent = {address: address.encode("utf-8", "replace").decode() for address in ADDRESSES}

    assert [address for address in ADDRESSES if not is_client_problem(register(stranger, address))] == []
    assert [address for address in ADDRESSES if not is_client_problem(log_in(stranger, sent[address]))] == []


PASSWORDS = ["x" * 129, "ü" * 129, "x" * 60_000, "", " ", "\u0000" * 12]


def test_registration_and_log_in_refuse_an_impossible_password(owner, stranger, subtests):
    for password in PASSWORDS:
        with subtests.test(password=password):
            registration = stranger.post("/users", json={"email": "door@example.com", "password": password})

            assert is_client_problem(registration)
            assert is_client_problem(log_in(stranger, owner.email, password))


@pytest.mark.parametrize("password", ["x7" * 64, "ü7" * 64, "🥛7" * 64])
def test_a_password_longer_than_the_72_bytes_of_bcrypt_is_compared_to_its_end(stranger, password):
    address = f"{len(password.encode())}@example.com"
    assert stranger.post("/users", json={"email": address, "password": password}).status_code == 201

    assert log_in(stranger, address, password).status_code == 200
    assert log_in(stranger, address, password[:-1] + "!").status_code == 401


@pytest.mark.parametrize("edit", [{"old": "a", "new": "a" * 1024}, {"old": "a", "new": "aa"}])
def test_edits_that_multiply_are_bounded(owner, edit):
    address = owner.post("/notes", json={"title": "Bomb", "content": "a"}).headers["Location"]

    response = owner.post(f"{address}/edit", json={"edits": [edit] * 100}, timeout=httpx.Timeout(10))

    assert is_client_problem(response)
    assert owner.get(address).json()["content"] == "a"
