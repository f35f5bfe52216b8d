"""The ASGI application without a server, and which paths hash passwords."""

import asyncio
import json

import pytest
from django.urls import get_resolver

from notes_api.server.application import ThreadedASGIHandler
from notes_api.server.hashing_paths import hashing_paths
from notes_api.tests.openapi_document import DOCUMENT


def asgi_answer(scope, *incoming):
    """Return the messages of the application for this request, without a server."""
    incoming, sent = list(incoming), []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(ThreadedASGIHandler()(scope, receive, send))
    return sent


@pytest.fixture
def _edge_site(settings):
    settings.ROOT_URLCONF = "notes_api.tests.edge.urls"
    settings.MIDDLEWARE = []


@pytest.mark.usefixtures("_edge_site")
def test_a_websocket_is_refused():
    sent = asgi_answer({"type": "websocket", "path": "/", "headers": []}, {"type": "websocket.connect"})

    assert sent == [{"type": "websocket.close"}]


@pytest.mark.usefixtures("_edge_site")
def test_other_scopes_than_http_and_lifespan_are_ignored():
    assert asgi_answer({"type": "webtransport"}) == []


@pytest.mark.usefixtures("_edge_site")
def test_lifespan_starts_and_ends():
    sent = asgi_answer({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.usefixtures("_edge_site")
def test_an_exception_outside_of_djangos_handlers_is_a_problem(monkeypatch, caplog):
    def broken(self, request):
        raise LookupError("no middleware survived")

    monkeypatch.setattr(ThreadedASGIHandler, "get_response", broken)
    scope = {"type": "http", "method": "GET", "path": "/plain", "headers": [], "query_string": b""}

    start, body = asgi_answer(scope, {"type": "http.request"})

    assert start["status"] == 500
    assert json.loads(body["body"])["code"] == "internal_error"
    assert "no middleware survived" in caplog.text


def takes_a_password(operation, schemas):
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    names = {body["schema"].get("$ref", "").rpartition("/")[2] for body in bodies}
    return any("password" in member for name in names if name for member in schemas[name].get("properties", {}))


def test_every_path_that_hashes_passwords_is_known():
    hashing = {
        path
        for path, operations in DOCUMENT["paths"].items()
        for operation in operations.values()
        if takes_a_password(operation, DOCUMENT["components"]["schemas"])
    }

    assert "/login" in hashing
    # The schema does not describe pages.
    on_pages = {
        "/admin/login/",
        "/admin/password_change/",
        "/admin/second_factor/",
        "/authorize/login",
        "/device/login",
    }
    assert hashing | on_pages == set(hashing_paths(get_resolver().url_patterns))
