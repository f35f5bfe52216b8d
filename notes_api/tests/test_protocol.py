import asyncio
import json

import pytest

from notes_api import protocol
from notes_api.tests.wire import echo_headers, talk

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


def test_an_endless_head_is_refused():
    answer = talk(b"GET / HTTP/1.1\r\n", *[b"X-Filler: %s\r\n" % (b"x" * 10_000)] * 7)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "headers_too_large"


def test_an_endless_header_is_refused():
    answer = talk(b"GET / HTTP/1.1\r\nX-Filler: ", *[b"x" * 10_000] * 7)

    assert answer.startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_a_problem():
    answer = talk(b"hello\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json\r\n" in answer
    assert b"connection: close\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "malformed_request"


def test_trailers_do_not_become_headers():
    answer = talk(HEAD, b"5\r\nhello\r\n0\r\nAuthorization: Bearer sneaked-in\r\n\r\n")

    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == ["host", "transfer-encoding", "connection"]


def test_an_endless_trailer_is_refused():
    answer = talk(HEAD, b"5\r\nhello\r\n0\r\nX-Filler: ", *[b"x" * 10_000] * 7, pause=0.005)

    assert answer.startswith(b"HTTP/1.1 431 ")


def test_a_long_body_is_none_of_its_business():
    answer = talk(HEAD, *[b"2710\r\n%s\r\n" % (b"x" * 10_000)] * 100, b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: "])
def test_whoever_sends_no_whole_head_is_not_waited_for(monkeypatch, said):
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.1)

    assert talk(said) == b""


def test_whoever_is_being_answered_is_waited_for(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.1)

    async def thoughtful(scope, receive, send):
        await asyncio.sleep(0.3)
        await echo_headers(scope, receive, send)

    assert talk(HEAD, b"0\r\n\r\n", app=thoughtful).startswith(b"HTTP/1.1 200 ")
