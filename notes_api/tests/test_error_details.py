"""An error says in plain English what to change, and names the choices."""

import re

import pytest

from notes.tests.factories import make_note
from notes_api.config.rate import Rate
from notes_api.tests.responses import UNKNOWN_NOTE, field_errors, problem_of

# The words of DRF's own texts, which say what is wrong in terms of Python or of the framework.
FOREIGN = re.compile(
    r"Invalid data|Expected a|dictionary|Not a valid|Must be a valid|A valid|is not a valid choice|but got|"
    r"Could not satisfy|Unsupported media|not allowed\.|were not provided|was throttled|NoneType|datatype|\bpk\b"
)
VALUES = [[], {}, "text", 5, 1.5, True, None]
NOT_OBJECTS = ["[]", "[{}]", '""', '"text"', "0", "5", "false", "true", "null"]


def texts_of(response):
    body = response.json()
    return [body["detail"], *(error["message"] for error in body["errors"])]


def foreign_texts(responses):
    return [text for response in responses for text in texts_of(response) if FOREIGN.search(text)]


WITH_OBJECTS = [
    ("post", "/notes"), ("patch", "/notes/{}"), ("put", "/notes/{}"), ("post", "/notes/{}/append"),
    ("post", "/notes/{}/edit"), ("post", "/notes/batch"), ("post", "/tokens"), ("post", "/users/me/password"),
    ("patch", "/tags/home"), ("post", "/login"), ("post", "/users"), ("post", "/login/revoke"),
]  # fmt: skip


def test_a_body_that_is_not_an_object_says_so(as_user, alice):
    note, client = make_note(owner=alice, tags=["home"]), as_user(alice)

    def answer(method, path, body):
        response = getattr(client, method)(path.format(note.pk), body, content_type="application/json")
        errors = [(error["field"], error["message"]) for error in response.json()["errors"]]
        return response.status_code, errors

    said = {(*each, body): answer(*each, body) for each in WITH_OBJECTS for body in NOT_OBJECTS}

    others = {each: answered for each, answered in said.items() if each[2] != "null"}
    assert others == dict.fromkeys(others, (400, [("", "Send a JSON object.")]))
    nulls = {each: answered for each, answered in said.items() if each[2] == "null"}
    assert nulls == dict.fromkeys(nulls, (400, [("", "Send a JSON object, not null.")]))


MEMBERS = [
    ("post", "/notes", ["title", "content", "tags", "is_pinned", "is_archived"]),
    ("patch", "/notes/{}", ["title", "content", "tags", "is_pinned"]),
    ("post", "/notes/{}/append", ["text"]),
    ("post", "/notes/{}/edit", ["edits"]),
    ("post", "/notes/batch", ["operations", "atomic"]),
    ("post", "/tokens", ["name", "scopes", "expires_at", "current_password", "otp"]),
    ("post", "/users/me/password", ["current_password", "new_password", "revoke_tokens"]),
    ("post", "/users/me/otp", ["password"]),
    ("post", "/users", ["email", "password"]),
    ("post", "/login", ["username", "password", "otp"]),
]


def test_a_member_of_another_type_says_what_to_send(as_user, alice):
    note, client = make_note(owner=alice), as_user(alice)

    def texts(method, path, member, value):
        response = getattr(client, method)(path.format(note.pk), {member: value})
        return foreign_texts([response]) if response.status_code >= 400 else []

    found = {
        (method, path, member, repr(value)): texts(method, path, member, value)
        for method, path, members in MEMBERS
        for member in members
        for value in VALUES
    }

    assert {sent: foreign for sent, foreign in found.items() if foreign} == {}


INVALID_OPERATIONS = [
    ("x", "operations.0", "Send a JSON object."),
    ({"op": "create", "note": []}, "note", "Send a JSON object."),
    ({"op": "create", "note": None}, "note", "Send a JSON object, not null."),
    ({"op": "delete", "id": 5}, "id", "Send a UUID as a string."),
    ({"op": "delete", "id": UNKNOWN_NOTE, "if_version": "5"}, "if_version", "Send a whole number, without quotes."),
    ({"op": "create", "note": {"title": 5}}, "note.title", "Send a string."),
    ({"op": "create", "note": {"is_pinned": "true"}}, "note.is_pinned", "Send true or false, without quotes."),
    ({"op": "create", "note": {"tags": "home"}}, "note.tags", "Send a list."),
]


def test_an_operation_of_a_batch_says_what_to_send(as_user, alice, subtests):
    for item, field, message in INVALID_OPERATIONS:
        with subtests.test(item=item, field=field, message=message):
            response = as_user(alice).post("/notes/batch", {"operations": [item]})

            body = response.json()
            errors = body["errors"] if response.status_code == 400 else body["results"][0]["problem"]["errors"]
            assert (field, message) in [(error["field"], error["message"]) for error in errors]


def test_an_unknown_scope_names_the_choices(as_user, alice, subtests):
    for scope in ["notes:all", "", "read", None, 5]:
        with subtests.test(scope=scope):
            response = as_user(alice).post("/tokens", {"name": "Script", "scopes": [scope]})

            assert field_errors(response)[0][0] == "scopes.0"
            assert (
                scope is None
                or "Choose from notes:read, notes:write, notes:append, " in response.json()["errors"][0]["message"]
            )


NOT_ACCEPTABLE = [
    ("/notes/{}", "text/html", "`application/json` or `text/markdown`"),
    ("/notes/{}?fields=id", "text/markdown", "`application/json`"),
    ("/notes", "text/markdown", "`application/json`"),
    ("/changes/stream", "image/png", "`text/event-stream` or `application/json`"),
    ("/openapi.json", "image/png", "`application/vnd.oai.openapi+json` or `application/json`"),
]


def test_406_names_what_the_resource_has(as_user, alice, subtests):
    note = make_note(owner=alice)

    for path, accept, choices in NOT_ACCEPTABLE:
        with subtests.test(path=path, accept=accept, choices=choices):
            response = as_user(alice).get(path.format(note.pk), headers={"Accept": accept})

            assert problem_of(response) == (406, "not_acceptable")
            assert response.json()["detail"] == f"Name {choices} in `Accept`."


@pytest.mark.parametrize(
    ("method", "path", "choices"),
    [
        ("post", "/notes", "`application/json`"),
        ("patch", "/notes/{}", "`application/json` or `application/merge-patch+json`"),
        ("post", "/notes/{}/append", "`application/json` or `text/markdown`"),
        ("post", "/login", "`application/x-www-form-urlencoded`, `multipart/form-data` or `application/json`"),
    ],
)
def test_415_names_what_the_resource_accepts(as_user, alice, method, path, choices):
    address, send = path.format(make_note(owner=alice).pk), getattr(as_user(alice), method)
    media_types = ["text/plain", "application/xml", "application/*", "nonsense"]

    responses = {media_type: send(address, "x", content_type=media_type) for media_type in media_types}

    assert {media_type: problem_of(response) for media_type, response in responses.items()} == dict.fromkeys(
        media_types, (415, "unsupported_media_type")
    )
    details = {response.json()["detail"] for response in responses.values()}
    assert details == {f"Send the body as {choices}, and say so in `Content-Type`."}


def test_401_says_how_to_send_a_token(client, subtests):
    for path in ["/notes", "/users/me", "/sessions", "/changes", UNKNOWN_NOTE]:
        with subtests.test(path=path):
            response = client.get(path)

            assert problem_of(response) == (401, "not_authenticated")
            assert "Authorization: Bearer" in response.json()["detail"]


NOT_ALLOWED = [("put", "/notes"), ("post", "/trash"), ("delete", "/login"), ("post", "/docs"), ("put", "/")]


def test_405_names_the_methods(as_user, alice, subtests):
    for method, path in NOT_ALLOWED:
        with subtests.test(method=method, path=path):
            response = getattr(as_user(alice), method)(path)

            assert problem_of(response) == (405, "method_not_allowed")
            assert response.json()["detail"] == (
                f"This resource does not support {method.upper()}; it supports {response.headers['Allow']}."
            )


@pytest.mark.parametrize("seconds", [60, 3600])
def test_429_says_when_to_retry(client, settings, seconds):
    settings.THROTTLE_REGISTER = Rate(1, seconds)
    body = {"email": "alice@example.com", "password": "correct horse battery"}
    responses = [client.post("/users", body) for _ in range(8)]

    assert problem_of(responses[-1]) == (429, "throttled")
    assert re.fullmatch(r"Too many requests\. Retry in \d+ seconds?\.", responses[-1].json()["detail"])
