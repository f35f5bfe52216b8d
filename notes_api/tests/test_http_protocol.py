import asyncio
import gc
import json
import socket
import struct
import weakref

import pytest

from notes_api.monitoring.request_record import get_record
from notes_api.server import http_protocol
from notes_api.server.http_protocol import BoundedProtocol
from notes_api.server.memory_budget import incoming
from notes_api.server.write_buffer import WriteBuffer
from notes_api.tests.raw_socket import connection_to, echo_headers, talk

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
KEPT_ALIVE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_an_endless_head_is_refused():
    answer = talk(b"GET / HTTP/1.1\r\n", *[b"X-Filler: %s\r\n" % (b"x" * 10_000)] * 7)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "headers_too_large"


def test_an_endless_header_is_refused():
    answer = talk(b"GET / HTTP/1.1\r\nX-Filler: ", *[b"x" * 10_000] * 7)

    assert answer.startswith(b"HTTP/1.1 431 ")


def test_a_request_that_is_not_http_is_a_problem():
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


def test_the_early_check_ignores_a_long_body():
    answer = talk(HEAD, *[b"2710\r\n%s\r\n" % (b"x" * 10_000)] * 100, b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: "])
def test_shutdown_does_not_wait_for_an_incomplete_head(monkeypatch, said):
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT", 0.1)

    assert talk(said) == b""


def test_shutdown_waits_for_a_response_under_way(monkeypatch):
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT", 0.1)

    async def thoughtful(scope, receive, send):
        await asyncio.sleep(0.3)
        await echo_headers(scope, receive, send)

    assert talk(HEAD, b"0\r\n\r\n", app=thoughtful).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"\r\n"], id="CRLF"),
        pytest.param([b"\n"], id="LF"),
        pytest.param([b"\r\n\n\r\n" * 100], id="many line breaks at once"),
        pytest.param([b"\r", b"\n"] * 3, id="many line breaks one by one"),
    ],
)
def test_line_breaks_do_not_keep_an_idle_connection_open(pieces):
    assert talk(KEPT_ALIVE, *pieces, keep_alive=1, pause=0.05).count(b"HTTP/1.1 200 ") == 1


def test_a_request_may_begin_shortly_before_the_keep_alive_ends():
    answer = talk(KEPT_ALIVE, HEAD[:20], HEAD[20:], b"0\r\n\r\n", keep_alive=1, pause=0.6)

    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_a_response_may_take_longer_than_the_keep_alive_if_its_request_began_during_the_previous_one():
    async def slow(scope, receive, send):
        await asyncio.sleep(0.5)
        await echo_headers(scope, receive, send)

    answer = talk(KEPT_ALIVE + HEAD[:20], HEAD[20:] + b"0\r\n\r\n", app=slow, keep_alive=0.4, pause=0.6)

    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_a_short_body_that_has_arrived_is_taken_from_its_connection():
    async def take(scope, receive, send):
        before = incoming.total
        taken = len(get_record(scope).take_body()), before - incoming.total
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-taken", repr(taken).encode())]})
        await send({"type": "http.response.body", "body": b""})

    answer = talk(HEAD + b"5\r\nhello\r\n0\r\n\r\n", app=take)

    assert b"x-taken: (5, 5)\r\n" in answer


def test_a_client_that_does_not_read_and_disconnects_is_logged_with_all_its_requests(caplog):
    """The second one waits for the first response to be read, and never begins."""
    caplog.set_level("INFO", "notes_api.access")

    async def main():
        async with connection_to(long_response) as (reader, writer):
            writer.write(KEPT_ALIVE + KEPT_ALIVE.replace(b" / ", b" /livez "))
            await reader.read(1)
            reset(writer)
        async with asyncio.timeout(5):
            while len(caplog.records) < 2:
                await asyncio.sleep(0.01)

    asyncio.run(main())

    lines = [record.msg for record in caplog.records]
    assert [(line["method"], line["route"], line["status"], line.get("refusal")) for line in lines] == [
        ("GET", "/", 200, None),
        ("GET", "/livez", None, "client_gone"),
    ]


async def long_response(scope, receive, send):
    body = bytes(20_000_000)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def reset(writer):
    """Close the connection as a client that has crashed does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def never_responds(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize(
    ("app", "sent", "responds"),
    [
        pytest.param(echo_headers, b"", False, id="idle"),
        pytest.param(echo_headers, KEPT_ALIVE, True, id="after a response"),
        pytest.param(echo_headers, b"hello\r\n\r\n", True, id="malformed"),
        pytest.param(echo_headers, KEPT_ALIVE + HEAD + b"5\r\nhel", True, id="in a body"),
        pytest.param(never_responds, KEPT_ALIVE, False, id="no response"),
        pytest.param(never_responds, KEPT_ALIVE * 3, False, id="pipelined"),
        pytest.param(never_responds, KEPT_ALIVE + HEAD + b"x\r\n", False, id="pipelined and malformed"),
        pytest.param(never_responds, HEAD + b"5\r\nhello\r\n", False, id="no response in a body"),
    ],
)
@pytest.mark.parametrize("end", [lambda writer: None, reset], ids=["closed", "reset"])
def test_a_closed_connection_does_not_stay_in_memory(app, sent, responds, end):
    """No garbage collection is needed: a full one would stop a busy worker for a tenth of a second."""
    gc.collect()

    async def main():
        async with asyncio.timeout(5):
            async with connection_to(app, keep_alive=60) as (reader, writer):
                writer.write(sent)
                await (reader.read(1) if responds else asyncio.sleep(0.05))
                # `isinstance` would follow a weak reference whose object is gone.
                found = [each for each in gc.get_objects() if type(each) in (BoundedProtocol, WriteBuffer)]
                references = list(map(weakref.ref, found))
                del found
                end(writer)
            while any(reference() for reference in references):
                await asyncio.sleep(0.01)
            return len(references)

    gc.disable()
    try:
        assert asyncio.run(main()) == 2
    finally:
        gc.enable()
