"""Errors from the event loop, without Django, have the same CORS headers as others."""

import asyncio
import itertools

import pytest

from notes_api.server import request_body
from notes_api.server.application import ThreadedASGIHandler

ORIGIN = "https://app.example.org"
LENGTHY = {"method": "POST", "headers": [(b"content-length", b"1000000")]}
SLOW = {"path": "/slow", "query_string": b"seconds=1"}
GARBLED = {"query_string": b"q=\xff"}
UNFINISHED = {"method": "POST", "headers": [(b"content-length", b"10")]}


@pytest.fixture(autouse=True)
def _edge_site(settings, monkeypatch):
    settings.ROOT_URLCONF = "notes_api.tests.edge.urls"
    settings.MIDDLEWARE = []
    # No other request is late, however slow the machine.
    settings.REQUEST_TIMEOUT, settings.REQUEST_TIMEOUTS = 0, {"/slow": 0.05}
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    monkeypatch.setattr(request_body, "CHUNK_TIMEOUT", 0.05)


def answered(request, origin=ORIGIN):
    """Return the status and the headers (names in lower case) of the response to a request from that origin."""
    scope = {"type": "http", "method": "GET", "path": "/plain", "query_string": b"", "headers": [], **request}
    scope["headers"] = [*scope["headers"], (b"origin", origin.encode()), (b"host", b"localhost")]
    sent = []

    async def receive():
        return await asyncio.Future()

    async def send(message):
        sent.append(message)

    asyncio.run(ThreadedASGIHandler()(scope, receive, send))
    start, body = sent[:2]
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    assert headers["content-type"] == "application/problem+json"
    assert headers["content-length"] == str(len(body["body"]))
    return start["status"], headers


@pytest.mark.parametrize(("case", "status"), [(LENGTHY, 413), (SLOW, 503), (GARBLED, 400), (UNFINISHED, 408)])
def test_an_allowed_origin_may_read_it(case, status):
    said, headers = answered(case)

    assert said == status
    assert headers["access-control-allow-origin"] == ORIGIN
    assert {"Retry-After", "X-Request-ID"} <= set(headers["access-control-expose-headers"].split(", "))
    assert {"Authorization", "origin"} <= set(headers["vary"].split(", "))


def test_another_origin_may_not_read_it():
    _, headers = answered(SLOW, "https://evil.example")

    assert "access-control-allow-origin" not in headers
    assert "origin" in headers["vary"].split(", ")


def test_an_error_response_has_the_security_headers():
    _, headers = answered(SLOW)

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["retry-after"] == "1"


def test_over_https_it_is_strict(settings):
    settings.SECURE_HSTS_SECONDS = 60

    _, headers = answered({**SLOW, "scheme": "https"})

    assert headers["strict-transport-security"] == "max-age=60"


PROTOCOLS = [
    ("x-forwarded-proto", "https", True),
    ("x-forwarded-proto", "HTTPS", True),
    ("x-forwarded-proto", "http", False),
    ("forwarded", "for=203.0.113.9;proto=https", True),
    ("forwarded", 'for="[2001:db8::7]";proto=http', False),
    ("forwarded", "nonsense", False),
]


def test_a_trusted_proxy_says_whether_the_client_used_https(set_environment, settings, subtests):
    set_environment(PUBLIC_BASE_URL="https://notes.example.org", TRUSTED_PROXIES="10.0.0.1")
    settings.ROOT_URLCONF, settings.SECURE_HSTS_SECONDS = "notes_api.tests.edge.urls", 60

    for peer, (field, value, is_https) in itertools.product(["10.0.0.1", "203.0.113.5"], PROTOCOLS):
        with subtests.test(peer=peer, field=field, value=value):
            fields = [(field.encode(), value.encode())]

            _, headers = answered({**GARBLED, "client": (peer, 1234), "headers": fields})

            assert ("strict-transport-security" in headers) is (is_https and peer == "10.0.0.1")


def test_the_headers_of_one_error_are_not_those_of_the_next(settings):
    settings.SECURE_HSTS_SECONDS = 60
    _, allowed = answered(GARBLED)
    _, other = answered(GARBLED, "https://evil.example")
    _, encrypted = answered({**GARBLED, "scheme": "https"})
    _, page = answered({**GARBLED, "path": "/docs"})
    _, other_path = answered({**GARBLED, "path": "/docs-archive"})

    assert allowed["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in other
    assert "strict-transport-security" not in allowed
    assert encrypted["strict-transport-security"] == "max-age=60"
    assert "script-src" not in allowed["content-security-policy"]
    assert "script-src 'self'" in page["content-security-policy"]
    assert "script-src" not in other_path["content-security-policy"]
