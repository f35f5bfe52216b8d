"""Clients that disconnect at any moment cause no error and leave nothing behind."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress

from notes_api.tests.edge.server import eventually, get
from notes_api.tests.live_server import logged_in, serving

CLIENTS, TIMES = 8, 50
TOKEN = "correct-horse-battery"
JSON = "Content-Type: application/json\r\n"
GONE = {"notes_connections": 0, "notes_queue_length": 0, "notes_streams": 0}


def requests_of(account):
    """Return one request of each kind: short and long bodies, streams, and some that are rejected."""
    host = f"Host: localhost\r\n{account}"
    short, long = (b'{"title": "Milk", "content": "%s"}' % (b"x" * size) for size in (10, 200_000))
    sent = [(f"POST /notes HTTP/1.1\r\n{host}{JSON}{expect}Content-Length: {len(body)}\r\n\r\n", body)
            for body in (short, long) for expect in ("", "Expect: 100-continue\r\n")]  # fmt: skip
    chunks = b"%x\r\n%s\r\n" % (len(long), long)
    heads = [
        "GET /notes",
        "GET /notes?q=milk",
        "GET /changes/stream",
        "GET /export",
        "HEAD /notes",
        "GET /openapi.json",
    ]
    return [
        *[f"{head} HTTP/1.1\r\n{host}\r\n".encode() for head in heads],
        *[head.encode() + body for head, body in sent],
        f"GET /notes HTTP/1.1\r\n{host}Origin: https://app.example\r\n\r\n".encode(),
        f"POST /imports?format=text HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n".encode()
        + chunks
        + b"0\r\n\r\n",
        f"POST /notes HTTP/1.1\r\n{host}{JSON}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"zz\r\n",
        b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + long,
        b"GET /livez HTTP/1.0\r\n\r\n",
        b"hello\r\n\r\n",
    ]


def disconnect(server, kinds, chance):
    """Send some requests or a part of them, read some or nothing, and close or reset the connection."""
    data = b"".join(chance.choice(kinds) for _ in range(chance.choice([1, 1, 2, 10])))
    with server.connect() as connection, suppress(OSError):
        connection.settimeout(0.1)
        connection.sendall(data[: chance.choice([len(data), chance.randrange(len(data))])])
        time.sleep(chance.choice([0, 0.001, 0.02]))
        for _ in range(chance.choice([0, 1, 3])):
            connection.recv(chance.choice([1, 100_000]))
        if chance.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def gauges(server):
    text = get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Connection": "close"}).text
    lines = [line.split() for line in text.splitlines() if line.startswith(tuple(GONE))]
    return {name: float(value) for name, value in lines}


def test_clients_that_disconnect_at_any_moment_leave_nothing_behind(served_database):
    def attack(number):
        chance = random.Random(number)  # the same with every run
        for _ in range(TIMES):
            disconnect(server, kinds, chance)

    with serving(served_database, METRICS_TOKEN=TOKEN, LOG_LEVEL="ERROR") as server, logged_in(server) as client:
        kinds = requests_of(f"Authorization: {client.headers['Authorization']}\r\n")
        threads = [threading.Thread(target=attack, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()

        assert eventually(lambda: gauges(server) == GONE, seconds=60)
        assert server.log() == ""
