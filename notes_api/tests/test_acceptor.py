"""Accepting connections: a burst from one client keeps neither probes nor other workers waiting."""

import asyncio
import socket
import sys
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from notes_api.server.acceptor import OTHERS_AT_ONCE, WAITING_SHARE, Acceptor, queue_length
from notes_api.tests.edge.server import eventually

READ, PROBE = b"GET /notes HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
CLIENTS = 40


@contextmanager
def waiting_clients(*requests, leaving=0):
    """Yield a listening socket that has not accepted the connections on which these requests have arrived.

    The first `leaving` clients have closed theirs.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        clients = [stack.enter_context(socket.create_connection(listener.getsockname())) for _ in requests]
        for client, request in zip(clients, requests, strict=True):
            client.sendall(request)
        for client in clients[:leaving]:
            client.close()
        yield listener


async def open_all(listener, opened, accept):
    """Call `accept` with an acceptor until nothing waits; `opened` gets the beginning of each request in turn."""

    async def open_connection(connection):
        with connection:
            opened.append(connection.recv(10))

    acceptor = Acceptor([], open_connection, lambda: 0)
    listener.setblocking(False)
    accept(acceptor)
    while acceptor.waiting or acceptor.tasks:
        await asyncio.sleep(0)


def accept_all(listener, acceptor):
    while acceptor.accept_one(listener):
        pass
    acceptor.open_next()


def test_probes_go_before_the_connections_that_were_accepted_earlier():
    opened = []
    with waiting_clients(*[READ] * CLIENTS, PROBE) as listener:
        asyncio.run(open_all(listener, opened, partial(accept_all, listener)))

    assert len(opened) == CLIENTS + 1
    assert b"GET /livez" in opened[: OTHERS_AT_ONCE + 1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell that a client has left")
def test_clients_that_have_left_are_served_last():
    opened = []
    with waiting_clients(*[b"GET /gone "] * CLIENTS, *[READ] * OTHERS_AT_ONCE, leaving=CLIENTS) as listener:
        asyncio.run(open_all(listener, opened, partial(accept_all, listener)))

    assert opened == [READ[:10]] * OTHERS_AT_ONCE + [b"GET /gone "] * CLIENTS


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the length of the queue")
def test_a_worker_accepts_its_share_of_those_that_wait():
    with waiting_clients(*[READ] * CLIENTS) as listener:
        eventually(lambda: queue_length(listener) == CLIENTS)
        opened = []
        asyncio.run(open_all(listener, opened, lambda acceptor: acceptor.accept(listener)))

        assert len(opened) == 1 + CLIENTS // WAITING_SHARE
        assert queue_length(listener) == CLIENTS - len(opened)
