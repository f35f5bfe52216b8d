"""One client that sends too much does not keep others from being served, whatever it sends."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

import pytest
from django.db import connection

from notes_api.tests.edge.server import get
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in
from notes_api.tests.raw_http import head

CONNECTIONS = 300


def probe(product):
    return get(f"{product.url}/livez", timeout=60)


@pytest.fixture
def promise(product):
    """The most seconds for a response during a flood, on a machine that may be busy."""
    began = time.monotonic()
    for _ in range(10):
        probe(product)
    return max(3, 40 * (time.monotonic() - began))


@pytest.fixture
def flooder(product):
    with logged_in(product) as client:
        for number in range(3):
            notes = [{"op": "create", "note": {"title": f"{number}", "content": "milk " * 500}}] * 100
            client.post("/notes/batch", json={"operations": notes}).raise_for_status()
        yield client


async def send_flood(port, messages):
    """Send the requests in turn on many connections, and return their streams."""
    streams = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)))
    for (_, writer), message in zip(streams, cycle(messages), strict=False):
        writer.write(message)
    return streams


async def flood(port, messages, action):
    """Call `action` in a thread during a flood of these requests; return its result."""
    streams = await send_flood(port, messages)
    try:
        return await asyncio.to_thread(action)
    finally:
        for _, writer in streams:
            writer.transport.abort()


def write_of(client):
    """Return a request that creates a note."""
    lines = ["POST /notes HTTP/1.1", "Content-Type: application/json", "Content-Length: 14"]
    return head(*lines, f"Authorization: {client.headers['Authorization']}") + b'{"title": "a"}'


def lock_notes(execute):
    # On SQLite the transaction alone keeps all others from writing.
    execute("LOCK TABLE notes_note" if connection.vendor == "postgresql" else "SELECT 1")


def flood_with(product, client, path, action):
    message = head(f"GET {path} HTTP/1.1", f"Authorization: {client.headers['Authorization']}")
    return asyncio.run(flood(product.port, [message], action))


@pytest.mark.parametrize("path", ["/notes?limit=20", "/notes?limit=100", "/notes?q=milk&limit=100", "/changes"])
def test_others_are_served_at_once_while_one_account_floods_the_server(product, visitor, flooder, promise, path):
    visitor.get("/notes")

    def read_and_write():
        began = time.monotonic()
        statuses = [visitor.get("/notes").status_code, visitor.post("/notes", json={"title": "a"}).status_code]
        return statuses, time.monotonic() - began

    statuses, seconds = flood_with(product, flooder, path, read_and_write)

    assert statuses == [200, 201]
    assert seconds < promise


async def overtake(port, message, write, unlock):
    """Flood the server while the database is locked, then call `write` in a thread, and unlock the database.

    Returns what `write` returns, and how many of the requests of the flood had a response by then.
    """
    streams = await send_flood(port, [message])
    responses = [asyncio.create_task(reader.readline()) for reader, _ in streams]
    # The server receives the flood, then the other request, however busy the machine is.
    await asyncio.sleep(0.5)
    writing = asyncio.create_task(asyncio.to_thread(write))
    await asyncio.sleep(1)
    unlock()
    result = await writing
    count = sum(response.done() for response in responses)
    for _, writer in streams:
        writer.transport.abort()
    await asyncio.gather(*responses, return_exceptions=True)
    return result, count


def test_a_write_goes_before_most_of_those_that_another_account_sent_earlier(
    product, served_database, visitor, flooder
):
    with ExitStack() as transaction:
        lock_notes(transaction.enter_context(served_database.transaction()))
        response, count = asyncio.run(
            overtake(
                product.port, write_of(flooder), lambda: visitor.post("/notes", json={"title": "a"}), transaction.close
            )
        )

    assert response.status_code == 201
    assert count < CONNECTIONS / 3


def test_liveness_is_answered_during_a_flood(product, flooder, promise):
    response = flood_with(product, flooder, "/notes?q=milk&limit=100", lambda: probe(product))

    assert response.status_code == 200
    assert response.elapsed.total_seconds() < promise


def test_liveness_is_answered_while_every_thread_is_stuck(product, served_database, visitor, flooder, promise):
    writes = [write_of(visitor), write_of(flooder)]
    with served_database.transaction() as execute:
        lock_notes(execute)
        response = asyncio.run(flood(product.port, writes, lambda: probe(product)))

    assert response.status_code == 200
    assert response.elapsed.total_seconds() < promise


def test_requests_that_would_wait_for_too_long_are_refused_with_a_time_to_retry(product, flooder):
    def send_many():
        with connected(product, headers=dict(flooder.headers)) as client, ThreadPoolExecutor(20) as threads:
            return list(threads.map(lambda _: client.get("/notes", params={"q": "milk", "limit": 100}), range(20)))

    responses = flood_with(product, flooder, "/notes?q=milk&limit=100", send_many)

    refused = [response for response in responses if response.status_code == 503]
    assert refused
    assert {response.json()["code"] for response in refused} == {"overloaded"}
    assert {int(response.headers["Retry-After"]) for response in refused} <= {1, 2, 3, 4, 5}


def test_forty_people_behind_one_address_register_and_log_in_at_the_same_time(product):
    def join(number):
        with connected(product) as client:
            email = f"person-{number}-{time.monotonic_ns()}@example.com"
            registered = client.post("/users", json={"email": email, "password": PASSWORD})
            return registered.status_code, log_in(client, email).status_code

    with ThreadPoolExecutor(40) as threads:
        assert list(threads.map(join, range(40))) == [(201, 200)] * 40
