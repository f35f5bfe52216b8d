"""A response that is written as one piece is byte for byte the one that uvicorn would write."""

import itertools

from notes_api.server.response import CLOSE, WHOLE
from notes_api.tests.raw_socket import talk

ENDINGS = {
    "kept": ("HTTP/1.1", [], False),
    "closed by the client": ("HTTP/1.1", ["Connection: close"], False),
    "closed by the server": ("HTTP/1.1", [], True),
    "closed by both": ("HTTP/1.1", ["Connection: close"], True),
    "HTTP/1.0": ("HTTP/1.0", [], False),
    "after 100 Continue": ("HTTP/1.1", ["Expect: 100-continue"], False),
}
RESPONSES = {"200": (200, b"milk"), "204": (204, b""), "304": (304, b""), "empty": (200, b""), "404": (404, b"{}")}


def responder(status, body, *, is_whole, closes):
    async def respond(scope, receive, send):
        headers = [(b"x-request-id", b"7"), (b"etag", b'"1"')]
        if status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        start = {"type": "http.response.start", "status": status, "headers": headers + [CLOSE] * closes}
        await send({**start, WHOLE: True} if is_whole else start)
        # Refusals have a body for HEAD too. It must not be sent: the client would take it for the next response.
        await send({"type": "http.response.body", "body": body})

    return respond


def responses_to(method, ending, *, is_whole):
    """Return what the server sends with each of the responses."""
    version, lines, closes = ENDINGS[ending]
    first = "\r\n".join([f"{method} / {version}", "Host: localhost", *lines, "", ""]).encode()
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    # The second request gets no response if the connection is closed after the first.
    return {
        name: talk(first + last, app=responder(*response, is_whole=is_whole, closes=closes))
        for name, response in RESPONSES.items()
    }


def test_a_response_in_one_piece_is_the_same_as_in_two(subtests):
    for method, ending in itertools.product(["GET", "HEAD"], ENDINGS):
        with subtests.test(method=method, ending=ending):
            whole = responses_to(method, ending, is_whole=True)

            assert whole == responses_to(method, ending, is_whole=False)
            assert {name: int(sent[9:12]) for name, sent in whole.items()} == {
                name: status for name, (status, _) in RESPONSES.items()
            }
