"""Requests that are refused before the application sees them, and their effect on pipelined requests."""

import asyncio
import itertools
import json

import pytest

from notes_api.tests.raw_socket import connection_to, talk

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
GARBAGE = b"\x16\x03\x01 garbage\r\n\r\n"


class Patient:
    """Responds when everything that the test sends has arrived; remembers the outcome."""

    def __init__(self):
        self.endings = []

    async def __call__(self, scope, receive, send):
        await asyncio.sleep(0.1)
        message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
        self.endings.append(message["type"])
        if message["type"] == "http.request":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})


def statuses(answers):
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]


ENCODINGS = {
    "another before": b"Transfer-Encoding: gzip, chunked\r\n",
    "another before, on a line of its own": b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "identity before": b"Transfer-Encoding: identity, chunked\r\n",
    "a comma before": b"Transfer-Encoding: , chunked\r\n",
    "an offer around": b"Connection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: gzip, chunked\r\n",
}


@pytest.mark.parametrize("pause", [None, 0.01])
def test_a_body_that_is_encoded_in_any_way_but_chunks_is_refused(pause):
    app = Patient()

    answers = {
        name: talk(POST + encoding + b"\r\n", b"0\r\n\r\n", app=app, pause=pause)
        for name, encoding in ENCODINGS.items()
    }

    assert app.endings == []
    assert [name for name, answer in answers.items() if answer != b"" and statuses(answer) != [400]] == []


def test_chunks_in_http_1_0_are_refused():
    answer = talk(CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n")

    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "malformed_request"


def test_transfer_encoding_is_read_in_any_letter_case():
    def status_of(case):
        return statuses(talk(POST + b"Connection: close\r\nTransfer-Encoding: " + case + b"\r\n\r\n0\r\n\r\n"))

    cases = [b"chunked", b"Chunked", b"CHUNKED ", b"\tchunked"]
    assert {case: status_of(case) for case in cases} == {case: [200] for case in cases}


async def answer_to_chunk(app, chunk, pause):
    async with connection_to(app) as (reader, writer):
        for piece in (CHUNKED, b"2\r\n{}\r\n" + chunk):
            writer.write(piece)
            await asyncio.sleep(pause)
        answer = await reader.read(-1)
        while not app.endings:
            await asyncio.sleep(0.01)
        return answer


INVALID_CHUNKS = [b"g\r\n", b"-1\r\n", b"5\r\nhello!\r\n", b"ffffffffffffffffff\r\n"]


def test_invalid_chunks_are_a_problem(subtests):
    for pause, chunk in itertools.product([0, 0.01], INVALID_CHUNKS):
        with subtests.test(pause=pause, chunk=chunk):
            app = Patient()

            answer = asyncio.run(answer_to_chunk(app, chunk, pause))

            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "malformed_request"
            assert app.endings == ["http.disconnect"]


@pytest.mark.parametrize("pause", [None, 0.01])
@pytest.mark.parametrize("number", [1, 3])
def test_garbage_after_pipelined_requests_is_refused_after_their_responses(number, pause):
    answers = talk(GET * number, GARBAGE, app=Patient(), pause=pause)

    assert statuses(answers) == [200] * number + [400]


@pytest.mark.parametrize("pause", [None, 0.01])
def test_an_invalid_chunk_after_pipelined_requests_is_refused_after_their_responses(pause):
    app = Patient()

    answers = talk(GET + GET, CHUNKED + b"2\r\n{}\r\n", b"g\r\n", GET, app=app, pause=pause)

    assert statuses(answers) == [200, 200, 400]
    assert app.endings == ["http.request"] * 2


def test_garbage_after_the_last_request_is_ignored():
    answers = talk(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + GARBAGE, app=Patient())

    assert statuses(answers) == [200]


def test_a_started_response_is_not_followed_by_another():
    async def hasty(scope, receive, send):
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no", "more_body": True})
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.body"})

    answers = talk(CHUNKED, b"g\r\n", app=hasty, pause=0.05)

    assert statuses(answers) == [401]


HEAD = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n"


REFUSED_HEADS = [
    HEAD.replace(b"Host: localhost", b"Nothing: x") + b"\r\n",
    HEAD.replace(b"/ ", b"/" + b"x" * 20_000 + b" ") + b"\r\n",
    HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    HEAD + b"Host: localhost\r\n\r\n",
    HEAD + b"Content-Length: x\r\n\r\n",
    HEAD + b"Bad Name: x\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\ng\r\n",
]


def test_the_refusal_of_head_has_no_body(subtests):
    """The connection is closed, because what follows a refused request cannot be told from its body."""

    for pause, request_ in itertools.product([None, 0.01], REFUSED_HEADS):
        with subtests.test(pause=pause, request_=request_):
            answers = talk(GET, request_, app=Patient(), pause=pause)

            head, _, content = answers.rpartition(b"\r\n\r\n")
            assert content == b""
            assert b"content-type: application/problem+json" in head.lower()
            assert b"connection: close" in head.lower()
            assert [status // 100 for status in statuses(answers)] == [2, 4]


def test_the_refusal_after_head_has_a_body():
    answers = talk(HEAD + b"\r\n", GET.replace(b"Host", b"Bad Name"), app=Patient())

    assert json.loads(answers.rpartition(b"\r\n\r\n")[2])["code"] == "malformed_request"
