"""Clients that hold many event streams open in one process."""

import asyncio
import time
from collections import defaultdict


class Listener:
    """One open stream."""

    def __init__(self, reader, writer, status):
        self.reader, self.writer, self.status = reader, writer, status

    @classmethod
    async def open(cls, server, token):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            f"GET /changes/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer, int(head.split()[1]))

    async def event(self):
        """Wait for the next event and return its time."""
        while line := await self.reader.readline():
            if line.startswith(b"event: "):
                return time.monotonic()
        raise EOFError("The stream has ended.")

    async def ended(self):
        """Wait until the server ends the stream with an empty chunk."""
        while await self.reader.readline() not in {b"0\r\n", b""}:
            pass

    def close(self):
        self.writer.close()


class Crowd:
    """Streams of many accounts."""

    def __init__(self, server, tokens):
        self.server, self.tokens = server, tokens
        self.listeners = defaultdict(list)

    @property
    def size(self):
        return sum(map(len, self.listeners.values()))

    async def open(self, count):
        for token in self.tokens:
            opened = await asyncio.gather(*(Listener.open(self.server, token) for _ in range(count)))
            self.listeners[token] = [listener for listener in opened if listener.status == 200]

    async def settle(self):
        """Wait until every stream has received its first heartbeat."""
        await asyncio.sleep(16)

    async def ended(self):
        await asyncio.gather(*(listener.ended() for listeners in self.listeners.values() for listener in listeners))
