"""Peer C, a ceiling and not a service: a token, one prepared query, rows to JSON; no framework, no check of the user.

Reads only, on peer B's tables.
"""

import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import jwt
import orjson

from benchmarks.peers.fastapi_asyncpg import COLUMNS, access_token, create_tables

__all__ = ["access_token", "app", "create_tables"]

DATABASE_URL = os.environ["DATABASE_URL"]
SECRET_KEY = os.environ["SECRET_KEY"]
LIST = f"SELECT {COLUMNS} FROM notes WHERE owner_id = $1 ORDER BY updated_at DESC LIMIT 50"
ONE = f"SELECT {COLUMNS} FROM notes WHERE owner_id = $1 AND id = $2"
NOTE_PATH = re.compile(r"/notes/([0-9a-f-]{36})")

Message = dict[str, Any]  # Any: ASGI
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

pool: asyncpg.Pool


async def prepare(connection: asyncpg.Connection) -> None:
    # asyncpg's own UUIDs cost more, and orjson knows only Python's.
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str)


async def keep(connection: asyncpg.Connection) -> None:
    """Do nothing: no state was changed that has to be reset."""


async def app(scope: Message, receive: Receive, send: Send) -> None:
    global pool  # noqa: PLW0603  # created by the event loop of the process
    if scope["type"] == "lifespan":
        await receive()
        pool = await asyncpg.create_pool(DATABASE_URL, init=prepare, reset=keep)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    content = await answer(scope)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def answer(scope: Message) -> bytes:
    encoded = dict(scope["headers"])[b"authorization"].removeprefix(b"Bearer ")
    user_id = jwt.decode(encoded, SECRET_KEY, algorithms=["HS256"])["sub"]
    async with pool.acquire() as connection:
        if one := NOTE_PATH.fullmatch(scope["path"]):
            return orjson.dumps(dict(await connection.fetchrow(ONE, user_id, one[1])))
        return orjson.dumps([dict(row) for row in await connection.fetch(LIST, user_id)])
