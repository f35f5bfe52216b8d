"""One connection to the protocol of the server, without a process around it."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

from uvicorn import Config
from uvicorn.server import ServerState

from notes_api.server.http_protocol import BoundedProtocol


async def echo_headers(scope, receive, send):
    """Read the body, then respond with the headers, trailers included."""
    while (await receive()).get("more_body"):
        pass
    body = json.dumps([name.decode() for name, _ in scope["headers"]]).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connections_to(app, number, keep_alive=5, **options):
    """Open `number` connections to the application; yield a reader and a writer for each.

    The server closes a connection that is idle for `keep_alive` seconds.
    """
    config = Config(app, log_config=None, lifespan="off", access_log=False, ws="none", timeout_keep_alive=keep_alive)
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
    """Open a connection to the application; yield its reader and writer."""
    async with connections_to(app, 1, **options) as connections:
        yield connections[0]


def talk(*pieces, app=echo_headers, pause=None, **options):
    """Send the pieces and return all responses until the server closes the connection; empty after a reset.

    With a pause, in seconds, between two pieces each reaches the server by itself.
    """

    async def main():
        async with connection_to(app, **options) as (reader, writer):
            for piece in pieces:
                writer.write(piece)
                if pause is not None:
                    await asyncio.sleep(pause)
            with suppress(ConnectionError):
                return await reader.read(-1)
            return b""

    return asyncio.run(main())
