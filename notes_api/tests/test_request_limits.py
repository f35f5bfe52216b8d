"""The limits on heads and framing, and the requests that RFC 9112 says to reject, on one connection."""

import asyncio
import itertools
import json

import pytest

from notes_api.server import http_parsing
from notes_api.server.request_limits import CONTENT_TYPE_LIMIT, FIELD_COUNT_LIMIT, FIELD_LINE_LIMIT, TARGET_LIMIT
from notes_api.tests.edge.server import ROOT
from notes_api.tests.raw_socket import connection_to, echo_headers, talk

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
END = b"Connection: close\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + END


def result(answer):
    """Return the status and, for a problem, its code."""
    head, _, content = answer.partition(b"\r\n\r\n")
    status = int(head[9:12])
    return status if status == 200 else (status, json.loads(content)["code"])


def field(size):
    return b"X-Long: " + b"a" * (size - 10) + b"\r\n"


def test_a_long_header_gets_431_however_it_arrives(subtests):
    for kib, pause in itertools.product([9, 120, 1000], [None, 0]):
        with subtests.test(kib=kib, pause=pause):
            sent = GET + b"X-Long: " + b"a" * 1024 * kib + b"\r\n" + END
            pieces = [sent] if pause is None else [sent[i : i + 8192] for i in range(0, len(sent), 8192)]

            assert result(talk(*pieces, pause=pause)) == (431, "headers_too_large")


def test_many_long_headers_get_431():
    assert result(talk(GET + field(8000) * 9 + END)) == (431, "headers_too_large")
    assert result(talk(GET + field(8000) * 8 + END)) == 200


HEADS = {
    "a field line of the longest length": (GET + field(FIELD_LINE_LIMIT), 200),
    "a longer field line": (GET + field(FIELD_LINE_LIMIT + 1), (431, "headers_too_large")),
    "a URL of the longest length": (GET.replace(b"/ ", b"/" + b"a" * (TARGET_LIMIT - 1) + b" "), 200),
    "a longer URL": (GET.replace(b"/ ", b"/" + b"a" * TARGET_LIMIT + b" "), (414, "uri_too_long")),
    "an endless URL": (GET.replace(b"/ ", b"/" + b"a" * 10**6 + b" "), (414, "uri_too_long")),
    "as many fields as allowed": (GET + b"X: y\r\n" * (FIELD_COUNT_LIMIT - 2), 200),
    "more fields": (GET + b"X: y\r\n" * (FIELD_COUNT_LIMIT - 1), (431, "headers_too_large")),
    "a Content-Type of the longest length": (GET + b"Content-Type: " + b"a" * CONTENT_TYPE_LIMIT + b"\r\n", 200),
    "a longer Content-Type": (
        GET + b"content-type: " + b"a" * (CONTENT_TYPE_LIMIT + 1) + b"\r\n",
        (431, "headers_too_large"),
    ),
    "many escapes in a cookie": (GET + b'Cookie: a="' + b"\\0" * 101 + b'"\r\n', (431, "headers_too_large")),
    "as many parameters as allowed": (GET.replace(b"/ ", b"/?" + b"a=b&" * 199 + b" "), 200),
    "more parameters": (GET.replace(b"/ ", b"/?" + b"a=b&" * 200 + b" "), (400, "bad_request")),
    "two Content-Types": (GET + b"Content-Type: a/b\r\n" * 2, (400, "malformed_request")),
    "two Authorizations": (GET + b"Authorization: Bearer a\r\n" * 2, (400, "malformed_request")),
    "no Host": (b"GET / HTTP/1.1\r\n", (400, "malformed_request")),
    "two Hosts": (GET + b"Host: localhost\r\n", (400, "malformed_request")),
    "no Host in HTTP/1.0": (b"GET / HTTP/1.0\r\n", 200),
    "two Hosts in HTTP/1.0": (b"GET / HTTP/1.0\r\n" + b"Host: a\r\n" * 2, (400, "malformed_request")),
    "HTTP/0.9": (b"GET /\r\n", (400, "malformed_request")),
    "HTTP/2.0": (GET.replace(b"1.1", b"2.0"), (400, "malformed_request")),
    "an endless blank": (b"\r\n" * 50_000 + GET, (431, "headers_too_large")),
}


def test_a_head_is_accepted_within_its_limits():
    results = {name: result(talk(head + END)) for name, (head, _) in HEADS.items()}

    assert results == {name: expected for name, (_, expected) in HEADS.items()}


def test_a_rejection_repeats_nothing_and_has_the_usual_headers(subtests):
    for name in [b"Host", b"Origin", b"Cookie", b"X-Request-ID", b"Content-Type"]:
        with subtests.test(name=name):
            answer = talk(GET + name + b": " + b"abcdefgh" * 10_000 + b"\r\n" + END)

            head, _, content = answer.partition(b"\r\n\r\n")
            assert b"abcdefgh" not in answer
            assert len(answer) < 2000
            assert b"content-security-policy: " in head.lower()
            assert b"content-type: application/problem+json" in head.lower()
            assert b"x-request-id: " + json.loads(content)["request_id"].encode() in head.lower()


@pytest.mark.parametrize("origin", [b"https://app.example", b"https://evil.example"])
def test_a_rejection_can_be_read_by_permitted_origins(settings, origin):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = talk(GET + b"Origin: " + origin + b"\r\n" + field(9000) + END)

    assert (b"access-control-allow-origin: https://app.example" in answer) == (origin == b"https://app.example")


FRAMINGS = {
    "chunk extensions": b"1;" + b"x" * 1000 + b"\r\na\r\n",
    "chunks of one byte": b"1\r\na\r\n",
    "zeros before the sizes": b"0" * 500 + b"1\r\na\r\n",
}


@pytest.mark.parametrize("name", FRAMINGS)
def test_a_body_that_is_mostly_framing_gets_400(name):
    chunk = FRAMINGS[name]

    answer = talk(CHUNKED + chunk * (400_000 // len(chunk)) + b"0\r\n\r\n")

    assert result(answer) == (400, "malformed_request")


def test_a_short_body_may_have_short_chunks():
    assert result(talk(CHUNKED + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n")) == 200


def test_trailers_are_limited():
    assert result(talk(CHUNKED + b"1\r\na\r\n0\r\n" + b"X: y\r\n" * 200 + b"\r\n")) == (431, "headers_too_large")


def test_requests_that_wait_are_not_parsed_in_advance():
    parsed = []
    go_on = asyncio.Event()

    async def slow(scope, receive, send):
        parsed.append(len(scope["path"]))
        await go_on.wait()
        await echo_headers(scope, receive, send)

    async def main():
        async with connection_to(slow) as (reader, writer):
            writer.write((GET + b"\r\n") * 3000 + GET + END)
            while not parsed:
                await asyncio.sleep(0)
            await asyncio.sleep(0.05)
            cycles = len([each for each in asyncio.all_tasks() if "run_asgi" in str(each)])
            go_on.set()
            return cycles, await reader.read(-1)

    started, answers = asyncio.run(main())

    assert started == 1
    assert answers.count(b"HTTP/1.1 200") == len(parsed) == 3001


def test_few_waiting_requests_are_parsed(monkeypatch):
    monkeypatch.setattr(http_parsing, "PIPELINE_LIMIT", 1)

    assert talk((GET + b"\r\n") * 5 + GET + END).count(b"HTTP/1.1 200") == 6


def parameters_of_reads():
    """Yield the path, the operation and each parameter of all GET operations in openapi.json."""
    document = json.loads((ROOT / "openapi.json").read_text())
    shared = document["components"]["parameters"]
    for path, operations in document["paths"].items():
        operation = operations.get("get", {})
        for parameter in operation.get("parameters", []):
            yield path, operation, shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter


def request_with_long(parameter, path):
    """Return the path and the other arguments of a request in which the parameter is too long."""
    name, value = parameter["name"], "x" * (TARGET_LIMIT + 1)
    if parameter["in"] == "path":
        return path.replace(f"{{{name}}}", value), {}
    return path, {{"query": "params", "header": "headers"}[parameter["in"]]: {name: value}}


def test_a_parameter_that_is_too_long_gets_a_documented_status(stranger):
    statuses = set()
    for path, operation, parameter in parameters_of_reads():
        address, arguments = request_with_long(parameter, path)
        status = stranger.get(address, **arguments).status_code
        assert str(status) in operation["responses"], (path, parameter["name"])
        statuses.add(status)

    assert statuses == {414, 431}
