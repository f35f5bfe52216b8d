"""Event streams of a running server."""

import http.client
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest


class Listener:
    """One open event stream."""

    def __init__(self, server, token, path="/changes/stream", method="GET", **headers):
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, headers={"Authorization": f"Bearer {token}", **fields})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def lines(self, seconds=60):
        """Yield the lines until the stream ends; fail after `seconds`, because heartbeats would go on forever."""
        end = time.monotonic() + seconds
        while line := self.response.readline():
            yield line
            assert time.monotonic() < end, "the stream did not end in time"

    def event(self):
        """Return the id of the next event; None at the end of the stream."""
        return next((line[4:].decode().strip() for line in self.lines() if line.startswith(b"id: ")), None)

    def read_to_end(self):
        """Return the remaining lines, until the server ends the stream."""
        return list(self.lines())

    def close(self):
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


@pytest.fixture
def listen(product, visitor):
    """`listen()` opens a stream of the visitor."""
    with ExitStack() as stack:

        def listen(path="/changes/stream", **options):
            return stack.enter_context(Listener(product, visitor.tokens["access_token"], path, **options))

        yield listen


@pytest.fixture
def api_token(visitor):
    """`api_token()` returns the response body of `POST /tokens`."""
    return lambda **values: visitor.post(
        "/tokens", json={"name": "Subscription", "scopes": ["notes:read"], **values}
    ).json()


def cursor_of(visitor, **query):
    return visitor.get("/changes", params=query).json()["next"]


def write(visitor, title="Milk"):
    return visitor.post("/notes", json={"title": title})
