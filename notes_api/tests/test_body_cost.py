"""A JSON body that grows when it is read costs little CPU time and memory, and its response is short."""

import json
import tracemalloc

import pytest
from django.conf import settings
from rest_framework.exceptions import ParseError

from notes_api.rest.error_list import MAX_ERRORS
from notes_api.rest.parsers import MAX_NUMBER_LENGTH, MAX_VALUES, loads
from notes_api.rest.problems import Problem
from notes_api.tests.cpu_time import cpu_seconds

SIZE = 1024 * 1024
MAX_CPU_SECONDS = 0.5
MAX_MEMORY = 64 * SIZE
MAX_ERROR_BYTES = 64 * 1024


def repeat(head, item, tail):
    """Return a body of about SIZE bytes."""
    return head + b",".join([item] * (SIZE // (len(item) + 1))) + tail


BODIES = {
    "unknown members": ("/notes", b"{" + b",".join(b'"%x":0' % number for number in range(SIZE // 10)) + b"}"),
    "unknown members with long names": (
        "/notes",
        b"{" + b",".join(b'"%x%s":0' % (n, b"x" * 9000) for n in range(99)) + b"}",
    ),
    "members of an operation": (
        "/notes/batch",
        b'{"operations":[{"op":"create",' + b",".join(b'"%x":0' % number for number in range(SIZE // 11)) + b"}]}",
    ),
    "empty lists": ("/notes/batch", repeat(b'{"x":[', b"[]", b"]}")),
    "objects in objects": ("/notes/batch", repeat(b'{"x":[', b'{"":{}}', b"]}")),
    "empty strings": ("/notes/batch", repeat(b'{"x":[', b'""', b"]}")),
    "operations": ("/notes/batch", repeat(b'{"operations":[', b"{}", b"]}")),
    "edits": ("/notes/01a20448-7817-723e-96c3-e2a9f053e610/edit", repeat(b'{"edits":[', b"{}", b"]}")),
    "tags that are numbers": ("/notes", repeat(b'{"title":"x","tags":[', b"1", b"]}")),
    "the same tag": ("/notes", repeat(b'{"title":"x","tags":[', b'"a"', b"]}")),
    "numbers as tags up to the limit": ("/notes", b'{"title":"x","tags":[' + b"1," * (MAX_VALUES - 9) + b"1]}"),
    "a long number": ("/notes", b'{"title":0.' + b"1" * SIZE + b"}"),
    "a long integer": ("/notes", b'{"title":' + b"1" * SIZE + b"}"),
    "a string that does not end": ("/notes", b'{"title":"' + b'\\"' * (SIZE // 2)),
    "commas": ("/notes", b"[" + b"," * SIZE),
    "one wide character": ("/notes", b'{"title":"x","content":"\xf0\x9f\x98\x80' + b"a" * SIZE + b'"}'),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_grows_costs_little(as_user, alice, name):
    path, body = BODIES[name]
    client = as_user(alice)
    client.get("/notes")

    seconds, response = cpu_seconds(lambda: client.post(path, body, content_type="application/json"))

    assert seconds < MAX_CPU_SECONDS
    assert 400 <= response.status_code < 500
    assert len(response.content) < MAX_ERROR_BYTES


@pytest.mark.parametrize("name", ["unknown members", "objects in objects", "numbers as tags up to the limit"])
def test_a_body_that_grows_takes_little_memory(as_user, alice, name):
    path, body = BODIES[name]
    client = as_user(alice)
    tracemalloc.start()
    try:
        client.post(path, body, content_type="application/json")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < MAX_MEMORY


def test_twenty_errors_are_listed_and_the_rest_is_counted(as_user, alice):
    body = {f"member{number:02}": 0 for number in range(MAX_ERRORS + 5)}

    errors = as_user(alice).post("/notes", body).json()["errors"]

    assert [error["field"] for error in errors[:-1]] == sorted(body)[:MAX_ERRORS]
    assert errors[-1] == {"field": "", "code": "more_errors", "message": "5 more errors are not listed."}


def test_errors_of_the_items_of_a_list_are_counted_together(as_user, alice):
    edits = [{"old": "a", "new": "b", **{f"x{number:02}": 0 for number in range(30)}}] * 2

    note = as_user(alice).post("/notes", {"title": "Milk"}).json()["id"]
    errors = as_user(alice).post(f"/notes/{note}/edit", {"edits": edits}).json()["errors"]

    assert len(errors) == MAX_ERRORS + 1
    assert errors[-1]["message"] == "40 more errors are not listed."


def test_one_error_beyond_the_limit_is_counted_in_the_singular(as_user, alice):
    body = {f"member{number:02}": 0 for number in range(MAX_ERRORS + 1)}

    errors = as_user(alice).post("/notes", body).json()["errors"]

    assert errors[-1]["message"] == "1 more error is not listed."


def test_the_operations_of_a_batch_share_the_errors_that_are_listed(as_user, alice):
    operation = {"op": "delete", **{f"x{number:02}": 0 for number in range(30)}}

    response = as_user(alice).post("/notes/batch", {"operations": [operation] * 100})

    results = response.json()["results"]
    assert [len(result["problem"]["errors"]) for result in results] == [MAX_ERRORS + 1] + [2] * 99
    assert results[99]["problem"]["errors"][1]["message"] == "29 more errors are not listed."
    assert len(response.content) < MAX_ERROR_BYTES


def test_a_long_name_is_cut(as_user, alice):
    (error,) = as_user(alice).post("/notes", {"title": "Milk", "x" * 1000: 0}).json()["errors"]

    assert error["field"] == "x" * 63 + "…"


def test_a_long_value_is_not_repeated(as_user, alice):
    response = as_user(alice).post("/tokens", {"name": "x", "scopes": ["y" * 10_000]})

    assert response.status_code == 400
    assert len(response.content) < 1000


def test_too_many_names_and_values_are_413(as_user, alice):
    response = as_user(alice).post("/notes", b"[" + b"1," * MAX_VALUES + b"1]", content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (413, "too_many_values")
    assert "100000" in response.json()["detail"]


def test_names_and_values_up_to_the_limit_are_parsed():
    assert len(loads("[" + "1," * (MAX_VALUES - 2) + "1]")) == MAX_VALUES - 1


def test_punctuation_inside_strings_does_not_count():
    text = r",[{:\"" * MAX_VALUES

    assert loads(f'["{text}", "x\\\\"]') == [text.replace("\\", ""), "x\\"]


def test_values_of_every_kind_count(subtests):
    for value in ["[]", "{}", '""', "null", '{"":1}']:
        with subtests.test(value=value), pytest.raises(Problem, match="names and values"):
            loads("[" + ",".join([value] * MAX_VALUES) + "]")


def test_a_number_has_a_maximum_length():
    assert loads("[0." + "1" * (MAX_NUMBER_LENGTH - 2) + "]") == [pytest.approx(1 / 9)]
    with pytest.raises(ParseError, match="more than 1000 characters"):
        loads("[0." + "1" * (MAX_NUMBER_LENGTH - 1) + "]")


def test_a_tag_may_repeat_beyond_the_number_of_tags(as_user, alice):
    tags = [f" t{number % 50} " for number in range(200)]

    assert as_user(alice).post("/notes", {"title": "Milk", "tags": tags}).json()["tags"] == [f"t{n}" for n in range(50)]


@pytest.mark.parametrize("path", ["/login", "/login/refresh"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_the_fields_of_a_form_are_counted(client, path, kind):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    body = b"a&" * 2000 if "form-url" in kind else part * 2000 + b"--x--"

    response = client.post(path, body, content_type=kind)

    assert response.status_code == 400


def test_every_list_in_a_request_has_a_limit():
    schema = json.loads((settings.BASE_DIR / "openapi.json").read_text())
    requests = {name: each for name, each in schema["components"]["schemas"].items() if name.endswith("Request")}
    lists = [
        (name, member, value)
        for name, each in requests.items()
        for member, value in each.get("properties", {}).items()
        if value.get("type") == "array"
    ]

    assert {(name, member) for name, member, value in lists if "maxItems" not in value} == set()
    assert len(lists) >= 3
