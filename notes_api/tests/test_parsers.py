"""Strict JSON: text that two readers could understand differently is refused."""

import json
from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from conftest import PASSWORD
from notes_api.rest.parsers import StrictJSONParser, loads
from notes_api.tests.responses import problem_of


def post(client, body):
    return client.post("/notes", body, content_type="application/json")


NOT_STRICT = [
    b'{"title": "Milk", "title": "Bread"}',
    b'{"title": "Milk", "\\u0074itle": "Bread"}',
    b'{"title": NaN}',
    b'{"title": Infinity}',
    b'{"title": -Infinity}',
    b'{"title": 1e999}',
    b'{"title": "a\\u0000b"}',
    b'{"title": "a\x00b"}',
    b'{"a\\u0000b": 1}',
    b'{"title": "\\ud800"}',
    b'{"title": "\\udc00\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"title": "\xff"}',
    b'{"title": "\xed\xa0\x80"}',
    b'{"title": "\xc0\xaf"}',
    '{"title": "Milk"}'.encode("utf-16"),
    b'{"title": "a\nb"}',
    b'{"title": "a\tb"}',
    b'{"title": "\\x41"}',
    b'{"title": 01}',
    b'{"title": .5}',
    b'{"title": "Milk"} {"title": "Bread"}',
    b'{"title": "Milk"',
    b"{title: 'Milk'}",
    b"// Milk\n{}",
    b"\x00",
    b" ",
    b"[" * 1000 + b"]" * 1000,
    b'{"title":' * 1000 + b"1" + b"}" * 1000,
    b"[" * 100_000,
    b'{"title": ' + b"9" * 5000 + b"}",
    b'{"title": -' + b"9" * 5000 + b"}",
]


def is_strict(body):
    try:
        StrictJSONParser().parse(BytesIO(body))
    except ParseError:
        return False
    return True


def test_text_that_is_not_strict_json_is_refused():
    assert [body for body in NOT_STRICT if is_strict(body)] == []


@pytest.mark.parametrize("body", [b'{"title": "Milk"', b'{"title": NaN}', b'{"title": "a\\u0000b"}', b"\xff"])
def test_a_body_that_is_not_strict_json_is_malformed(as_user, alice, body):
    assert problem_of(post(as_user(alice), body)) == (400, "malformed")


@pytest.mark.parametrize("body", [b"[" * 32 + b"]" * 32, b'{"x":' * 31 + b"[]" + b"}" * 31])
def test_32_levels_are_read(body):
    assert StrictJSONParser().parse(BytesIO(body))


@pytest.mark.parametrize("body", [b"[" * 33 + b"]" * 33, b'{"x":' * 32 + b"[]" + b"}" * 32])
def test_33_levels_are_too_deep(body):
    with pytest.raises(ParseError, match="32 levels"):
        StrictJSONParser().parse(BytesIO(body))


def test_a_surrogate_pair_is_one_character():
    assert loads('{"title": "\\ud83e\\udd5b"}') == {"title": "🥛"}


def test_a_u_after_an_escaped_backslash_is_not_an_escape():
    assert loads(r'{"title": "\\u0000"}') == {"title": r"\u0000"}


def test_white_space_around_values_is_ignored():
    assert loads('\r\n\t {"title" : "Milk"} \n') == {"title": "Milk"}


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"]
)
def test_a_content_type_may_have_parameters(as_user, alice, content_type):
    assert as_user(alice).post("/notes", '{"title": "Milk"}', content_type=content_type).status_code == 201


@pytest.mark.parametrize("address", ["/login", "/login/refresh", "/users", "/logout"])
def test_every_endpoint_refuses_malformed_json(client, address):
    bodies = [b"[" * 1000, b'{"a": 1, "a": 2}', b"\xff", b'{"username": "\\ud800"}']

    assert [post_to(client, address, body).status_code for body in bodies] == [400] * 4


BOM = b"\xef\xbb\xbf"
MARKED = [
    b'{"title": "Milk"}',
    b'\r\n{"title": "Milk"}',
    b'{"title": "\xef\xbb\xbfMilk"}',
    b' {"title": "K\xc3\xa4se"}',
]
MARKED += [b'{"title":\t"Milk"}\n']


def test_a_byte_order_mark_before_the_json_is_ignored(as_user, alice, subtests):
    for body in MARKED:
        with subtests.test(body=body):
            client = as_user(alice)
            marked = client.post("/notes", BOM + body, content_type="application/json").json()

            assert marked["title"] == client.post("/notes", body, content_type="application/json").json()["title"]


def test_a_merge_patch_and_a_log_in_may_have_a_byte_order_mark(as_user, client, alice):
    patch = BOM + b'{"email": "carol@example.com"}'
    log_in = BOM + json.dumps({"username": alice.email, "password": PASSWORD}).encode()

    assert as_user(alice).patch("/users/me", patch, content_type="application/merge-patch+json").status_code == 200
    assert client.post("/login", log_in.replace(b"alice", b"carol"), content_type="application/json").status_code == 200


OTHER_MARKS = [BOM, BOM + BOM + b"{}", b" " + BOM + b"{}", b"{}" + BOM, b"\xff\xfe{\x00}\x00", b"\xfe\xff\x00{\x00}"]


def test_any_other_byte_order_mark_is_malformed(as_user, alice, subtests):
    for body in OTHER_MARKS:
        with subtests.test(body=body):
            response = as_user(alice).post("/notes", body, content_type="application/json")

            assert problem_of(response) == (400, "malformed")


def test_an_error_does_not_repeat_the_body(as_user, alice):
    response = post(as_user(alice), b'{"title": "the secret", }')

    assert b"the secret" not in response.content


def test_numbers_keep_their_value():
    assert loads('{"a": 12345678901234567890, "b": 0.1, "c": -0}') == {"a": 12345678901234567890, "b": 0.1, "c": 0}


def test_an_error_says_what_is_wrong():
    with pytest.raises(ParseError, match="two members with the same name"):
        loads('{"a": [{"b": 1, "b": 1}]}')


def post_to(client, address, body):
    return client.post(address, body, content_type="application/json")
