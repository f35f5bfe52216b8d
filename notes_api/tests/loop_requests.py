"""Requests to the application in this process, whose short reads run on the event loop of the test."""

import asyncio
import json
import time
from typing import NamedTuple

import psycopg
from django.db import connection

from accounts.authentication.tokens import AccessToken
from accounts.models import Session
from notes.tests.agents import message
from notes_api.db.compiled import run_statement
from notes_api.monitoring.request_record import RequestRecord
from notes_api.server.application import ThreadedASGIHandler
from notes_api.server.fair_thread_pool import Place


class Answer(NamedTuple):
    status: int
    headers: dict
    body: object


class Application(ThreadedASGIHandler):
    """Remembers the path of each request that a thread processed."""

    def __init__(self):
        super().__init__()
        self.in_threads = []
        # Seconds of CPU that each request took on the event loop, if no other request ran.
        self.on_loop = []

    def process_on_loop(self, scope, content):
        began = time.thread_time()
        response = super().process_on_loop(scope, content)
        self.on_loop.append(time.thread_time() - began)
        return response

    @property
    def loop_pool(self):
        return self.scheduler.loop_pool

    @property
    def request_pool(self):
        return self.scheduler.request_pool

    def process_request(self, scope, body, urlconf):
        self.in_threads.append(scope["path"])
        return super().process_request(scope, body, urlconf)

    async def call(self, tool, token, **arguments):
        """Call a tool of `/mcp`."""
        body = json.dumps(message("tools/call", name=tool, arguments=arguments)).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        return await self.get("/mcp", token, {"method": "POST"}, body, **headers)

    async def get(self, address, token="", scope=(), body=b"", **headers):
        path, _, query = address.partition("?")
        headers = {"host": "localhost", "authorization": f"Bearer {token}", **headers}
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(),
                 "scheme": "http", "client": ("127.0.0.1", 1),
                 "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
                 **dict(scope)}  # fmt: skip
        sent, received = [], [{"type": "http.request", "body": body}] if body else []

        async def send(message):
            sent.append(message)

        async def receive():
            return received.pop() if received else await asyncio.Future()

        await self(scope, receive, send)
        start, content, *_ = sent
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, json.loads(content["body"] or b"null"))


def run(main):
    """Run the coroutine function `main` with an application whose connections are open."""

    async def run_and_stop():
        application = Application()
        await connected(application.loop_pool)
        try:
            return await main(application)
        finally:
            application.scheduler.stop()

    return asyncio.run(run_and_stop())


async def connected(pool):
    """Wait until all connections are open."""
    pool.connect()
    await pool.connecting


def token_of(user, **values):
    return str(AccessToken.of(Session.objects.create(user=user, **values)))


def run_elsewhere(statement):
    """Run a statement on a connection of its own."""
    parameters = connection.get_connection_params()
    address = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}
    with psycopg.connect(**address, autocommit=True) as other:
        other.execute(statement)


def run_on_loop(pool, work, client="alice"):
    return pool.run(work, Place(client, pool.kind, RequestRecord(), time.monotonic() + 5))


def is_working(pool):
    return run_on_loop(pool, lambda: run_statement("SELECT 1", []))
