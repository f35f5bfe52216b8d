"""A small HTTP client for many threads."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


class Client:
    """One persistent connection of one session; a richer client would use more CPU than the server."""

    def __init__(self, server, token):
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, method, path, body=None, headers=()):
        content = None if body is None else json.dumps(body).encode()
        self.connection.request(method, path, content, {**self.headers, **dict(headers)})
        response = self.connection.getresponse()
        text = response.read()
        return Answer(response.status, response.headers, json.loads(text) if text else None)

    def get(self, path, **query):
        given = {name: value for name, value in query.items() if value is not None}
        answer = self.send("GET", f"{path}?{urlencode(given)}" if given else path)
        assert answer.status == 200, (path, given, answer.body)
        return answer.body

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
