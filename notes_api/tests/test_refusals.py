"""A refusal from the loop, where Django had no part in it, tells a browser on another origin as much as any other."""

import asyncio

import pytest

from notes_api import bodies
from notes_api.onehop import OneHop

ORIGIN = "https://app.example.org"
LENGTHY = {"method": "POST", "headers": [(b"content-length", b"1000000")]}
SLOW = {"path": "/slow", "query_string": b"seconds=0.3"}
GARBLED = {"query_string": b"q=\xff"}
UNFINISHED = {"method": "POST", "headers": [(b"content-length", b"10")]}


@pytest.fixture(autouse=True)
def _edge_site(settings, monkeypatch):
    settings.ROOT_URLCONF = "notes_api.tests.edge.urls"
    settings.MIDDLEWARE = []
    # Of the others none is late, however slow the machine.
    settings.REQUEST_TIMEOUT, settings.REQUEST_TIMEOUTS = 0, {"/slow": 0.05}
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    monkeypatch.setattr(bodies, "CHUNK_TIMEOUT", 0.05)


def answered(request, origin=ORIGIN):
    """Status and headers, names in lower case, of the answer to a request from that origin."""
    scope = {"type": "http", "method": "GET", "path": "/plain", "query_string": b"", "headers": [], **request}
    scope["headers"] = [*scope["headers"], (b"origin", origin.encode()), (b"host", b"localhost")]
    sent = []

    async def receive():
        return await asyncio.Future()

    async def send(message):
        sent.append(message)

    asyncio.run(OneHop()(scope, receive, send))
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


def test_it_closes_the_same_doors_as_any_answer():
    _, headers = answered(SLOW)

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["retry-after"] == "1"


def test_over_https_it_is_strict(settings):
    settings.SECURE_HSTS_SECONDS = 60

    _, headers = answered({**SLOW, "scheme": "https"})

    assert headers["strict-transport-security"] == "max-age=60"
