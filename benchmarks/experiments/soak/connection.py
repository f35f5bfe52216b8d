"""HTTP connections that use little CPU time, because they share the cores with the servers that are measured."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any, NamedTuple

# The server closes a connection after 15 seconds without a request.
IDLE_SECONDS = 10
# A device that is used for days opens new connections again and again.
REQUESTS = 1000


class Answer(NamedTuple):
    status: int
    etag: str
    body: Any


class Connection:
    """One persistent connection, opened again when it is old."""

    def __init__(self, port):
        self.port, self.writer = port, None
        self.used_at, self.requests = 0.0, 0

    async def send(self, method, path, body=None, **headers):
        if self.writer is None or self.requests >= REQUESTS or time.monotonic() > self.used_at + IDLE_SECONDS:
            await self.open()
        content = b"" if body is None else json.dumps(body).encode()
        try:
            self.writer.write(message(method, path, content, headers))
            answer, is_last = await read_answer(self.reader)
        except BaseException:
            self.close()
            raise
        self.requests, self.used_at = self.requests + 1, time.monotonic()
        if is_last:
            self.close()
        return answer

    async def open(self):
        self.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        self.requests = 0

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.writer = None


def message(method, path, content, headers):
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{n.replace('_', '-')}: {v}" for n, v in headers.items()),
    ]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    elif method == "POST":
        lines.append("Content-Length: 0")
    return "\r\n".join([*lines, "", ""]).encode() + content


async def read_answer(reader):
    """Read a response, and return it and whether the server closes the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    body = json.loads(content) if content and "json" in headers.get("content-type", "") else None
    return Answer(int(first.split()[1]), headers.get("etag", ""), body), headers.get("connection") == "close"


class Stream:
    """An event stream that is opened again whenever the server ends it."""

    def __init__(self, port, device, counts):
        self.port, self.device, self.counts, self.cursor = port, device, counts, None

    async def follow(self, delay):
        await asyncio.sleep(delay)
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self.read_one()
            self.counts["streams ended"] += 1
            await asyncio.sleep(1)

    async def read_one(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {self.device.tokens['access_token']}"}
        if self.cursor:
            headers["Last_Event_ID"] = self.cursor
        try:
            writer.write(message("GET", "/changes/stream", b"", headers))
            status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
            self.counts[f"stream {status}"] += 1
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    self.cursor = line[4:].decode().strip()
                    self.counts["events"] += 1
        finally:
            writer.close()
