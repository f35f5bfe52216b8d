"""One connection to the protocol of the server, without a process around it."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

from uvicorn import Config
from uvicorn.server import ServerState

from notes_api.protocol import BoundedProtocol


async def echo_headers(scope, receive, send):
    """Read the body, then answer with the headers as they are by then."""
    while (await receive()).get("more_body"):
        pass
    body = json.dumps([name.decode() for name, _ in scope["headers"]]).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connections_to(app, number, **options):
    """So many readers and writers, each of a connection to that application."""
    config = Config(app, log_config=None, lifespan="off", access_log=False, ws="none")
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedProtocol(config, ServerState(), {}), "127.0.0.1", 0)
    async with server, asyncio.timeout(30):
        address = server.sockets[0].getsockname()
        connections = [await asyncio.open_connection(*address, **options) for _ in range(number)]
        try:
            yield connections
        finally:
            for _, writer in connections:
                writer.close()
            await asyncio.sleep(0)


@asynccontextmanager
async def connection_to(app, **options):
    """A reader and a writer of a connection to that application."""
    async with connections_to(app, 1, **options) as connections:
        yield connections[0]


def talk(*pieces, app=echo_headers, pause=None):
    """What the server answers to these pieces until it closes the connection; nothing if it resets it.

    With a pause, in seconds, between two pieces each reaches the server by itself.
    """

    async def main():
        async with connection_to(app) as (reader, writer):
            for piece in pieces:
                writer.write(piece)
                if pause is not None:
                    await asyncio.sleep(pause)
            with suppress(ConnectionError):
                return await reader.read(-1)
            return b""

    return asyncio.run(main())
