"""Bytes on a socket, for requests that no HTTP client would send."""

import http.client
import io
import json
from typing import NamedTuple


class Heard(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def is_refusal(self):
        """Whether the response is a 4xx problem."""
        kind = self.headers.get_content_type()
        return 400 <= self.status < 500 and kind == "application/problem+json" and json.loads(self.content)["code"]


class Recorded:
    """A socket for the standard library's response parser."""

    def __init__(self, content):
        self.content = content

    def makefile(self, mode):
        return io.BytesIO(self.content)


def heard(server, sent, method="GET"):
    """Return the first response to these bytes; None if the server closes without one."""
    with server.connect() as connection:
        try:
            connection.sendall(sent)
            answer = connection.makefile("rb").read()
        except ConnectionError:
            return None
    if not answer:
        return None
    response = http.client.HTTPResponse(Recorded(answer), method=method)
    response.begin()
    return Heard(response.status, response.headers, response.read())


def head(line, *headers):
    """Return the head of a request that closes its connection, without any escaping."""
    lines = [line, "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")
