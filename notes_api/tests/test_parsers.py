"""What two readers could understand differently is no JSON here."""

import pytest
from rest_framework.exceptions import ParseError

from notes_api.parsers import loads


def post(client, body):
    return client.post("/notes", body, content_type="application/json")


def refused(response):
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize(
    "body",
    [
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
        b'\xef\xbb\xbf{"title": "Milk"}',
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
    ],
)
def test_what_is_no_strict_json_is_malformed(as_user, alice, body):
    assert refused(post(as_user(alice), body)) == (400, "malformed")


@pytest.mark.parametrize("body", [b"[" * 32 + b"]" * 32, b'{"x":' * 31 + b"[]" + b"}" * 31])
def test_32_levels_are_read(as_user, alice, body):
    assert refused(post(as_user(alice), body)) == (400, "invalid")


@pytest.mark.parametrize("body", [b"[" * 33 + b"]" * 33, b'{"x":' * 32 + b"[]" + b"}" * 32])
def test_33_levels_are_too_deep(as_user, alice, body):
    assert refused(post(as_user(alice), body)) == (400, "malformed")


def test_a_surrogate_pair_is_one_character(as_user, alice):
    assert post(as_user(alice), b'{"title": "\\ud83e\\udd5b"}').json()["title"] == "🥛"


def test_a_backslash_before_u_is_no_escape_when_it_is_escaped_itself(as_user, alice):
    assert post(as_user(alice), b'{"title": "\\\\u0000"}').json()["title"] == r"\u0000"


def test_white_space_around_is_json(as_user, alice):
    assert post(as_user(alice), b'\r\n\t {"title" : "Milk"} \n').status_code == 201


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"]
)
def test_a_content_type_may_have_parameters(as_user, alice, content_type):
    assert as_user(alice).post("/notes", '{"title": "Milk"}', content_type=content_type).status_code == 201


@pytest.mark.parametrize("address", ["/login", "/login/refresh", "/users", "/logout"])
@pytest.mark.parametrize("body", [b"[" * 1000, b'{"a": 1, "a": 2}', b"\xff", b'{"username": "\\ud800"}'])
def test_every_endpoint_reads_as_strictly(client, address, body):
    assert post_to(client, address, body).status_code == 400


def test_a_refusal_does_not_repeat_the_body(as_user, alice):
    response = post(as_user(alice), b'{"title": "the secret", }')

    assert b"the secret" not in response.content


def test_numbers_are_read_as_they_are():
    assert loads('{"a": 12345678901234567890, "b": 0.1, "c": -0}') == {"a": 12345678901234567890, "b": 0.1, "c": 0}


def test_a_refusal_says_what_is_wrong():
    with pytest.raises(ParseError, match="names a member twice"):
        loads('{"a": [{"b": 1, "b": 1}]}')


def post_to(client, address, body):
    return client.post(address, body, content_type="application/json")
