"""A client may offer an upgrade with its request; the offer is ignored, and the request is read as usual."""

import itertools
import json

import pytest

from notes_api.tests.raw_socket import talk


async def echo(scope, receive, send):
    """Respond with the method, the path and the body."""
    body, is_last = b"", False
    while not is_last:
        message = await receive()
        body += message.get("body", b"")
        is_last = not message.get("more_body")
    content = json.dumps([scope["method"], scope["path"], body.decode()]).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def contents(answers):
    """Return the responses of `echo`, in order."""
    return [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers.split(b"HTTP/1.1 200 OK\r\n")[1:]]


SMUGGLED = b"POST /smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200\r\n\r\n"
OFFERS = {
    "a WebSocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    "HTTP/2, as Java does": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAI\r\n",
    "a name in capitals": b"CONNECTION: UPGRADE\r\nUPGRADE: X\r\n",
    "two offers": b"Upgrade: a\r\nConnection: upgrade\r\nUpgrade: b\r\nConnection: keep-alive\r\n",
}
FRAMINGS = {
    "a length": (b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED),
    "chunks": (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)),
}
LAST = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
EXPECTED = [["POST", "/first", SMUGGLED.decode()], ["GET", "/last", ""]]


def request(offer, framing):
    header, body = FRAMINGS[framing]
    return b"POST /first HTTP/1.1\r\nHost: localhost\r\n" + OFFERS[offer] + header + b"\r\n", body


def test_a_body_after_an_upgrade_offer_arrives_in_one_packet(subtests):
    for framing, offer in itertools.product(FRAMINGS, OFFERS):
        with subtests.test(framing=framing, offer=offer):
            head, body = request(offer, framing)

            assert contents(talk(head + body + LAST, app=echo)) == EXPECTED


def test_a_body_after_an_upgrade_offer_arrives_in_separate_packets(subtests):
    for framing, offer in itertools.product(FRAMINGS, OFFERS):
        with subtests.test(framing=framing, offer=offer):
            head, body = request(offer, framing)

            assert contents(talk(head, body, LAST, app=echo, pause=0.01)) == EXPECTED


def test_a_body_after_an_upgrade_offer_arrives_byte_by_byte():
    head, body = request("HTTP/2, as Java does", "chunks")

    pieces = [bytes([byte]) for byte in head + body + LAST]

    assert contents(talk(*pieces, app=echo, pause=0)) == EXPECTED


def test_an_upgrade_offer_in_a_later_request_is_ignored():
    head, body = request("a WebSocket", "a length")

    answers = talk((head + body) * 3 + LAST, app=echo)

    assert contents(answers) == [EXPECTED[0]] * 3 + EXPECTED[1:]


def test_1000_upgrade_offers_in_one_packet_are_1000_requests():
    offer = b"GET /first HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"

    assert len(contents(talk(offer * 1000 + LAST, app=echo))) == 1001


def test_an_upgrade_offer_does_not_hide_two_lengths():
    answer = talk(
        b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LAST,
        app=echo,
    )

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert contents(answer) == []


FOREIGN = {
    "a tunnel": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a tunnel with an offer": b"CONNECT /livez HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    "HTTP/2 with prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("pause", [None, 0.01])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_connection_for_another_protocol_is_refused_and_nothing_in_it_is_a_request(name, pause):
    served = []

    async def record(scope, receive, send):
        served.append(scope["path"])

    answer = talk(FOREIGN[name], SMUGGLED, LAST, app=record, pause=pause)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert served == []


def test_connect_is_a_problem():
    answer = talk(FOREIGN["a tunnel"], app=echo)

    assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"] == "CONNECT is not supported."
