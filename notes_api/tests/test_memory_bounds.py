"""Memory of the workers while many clients send bodies and wait, or request pages and do not read them.

`make soak` runs the full attack; by default there are few clients.
"""

import os
import socket
import time
from pathlib import Path

import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, serving
from notes_api.tests.processes import descendants

IS_SOAK = bool(os.environ.get("SOAK"))
MIB = 1024 * 1024
# MiB of resident memory of one worker: at most during the attacks, and some seconds after them.
PEAK, AFTERWARDS = 250, 130
UPLOADS, READERS = (600, 300) if IS_SOAK else (60, 20)

needs_soak = pytest.mark.skipif(not IS_SOAK, reason="make soak runs the full attack")
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")


def memory(pid, name):
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith(name + ":")]
    return int(line.split()[1]) / 1024


def connect(server, client, line, *headers, body=b""):
    connection = socket.socket()
    # The kernel holds little of a response that nobody reads.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", server.port))
    head = [line, "Host: localhost", f"Authorization: {client.headers['Authorization']}", *headers, "", ""]
    connection.sendall("\r\n".join(head).encode() + body)
    return connection


@pytest.mark.parametrize(
    ("first", "last"),
    [
        # Python stores a text with one emoji in four bytes per character.
        pytest.param("a", "\U0001f600", id="an emoji"),
        # JSON needs six bytes for most control characters.
        pytest.param("\x0e", "\U0001f600", id="control characters", marks=needs_soak),
    ],
)
def test_clients_that_send_or_read_slowly_do_not_fill_the_memory(served_database, first, last):
    content = "Content-Type: application/json", "Content-Length: 1100000"
    with serving(served_database, WEB_CONCURRENCY="2") as server, logged_in(server) as client:
        for number in range(8):
            text = chr(ord(first) + number) * (MIB - 4) + last
            client.post("/notes", json={"title": "Long", "content": text}).raise_for_status()
        workers = descendants(server.process.pid)
        connections = [
            connect(server, client, "POST /notes HTTP/1.1", *content, body=b"x" * 1000 * 1024) for _ in range(UPLOADS)
        ]
        connections += [connect(server, client, "GET /notes HTTP/1.1") for _ in range(READERS)]
        time.sleep(20 if IS_SOAK else 0)
        # The readers have the same account, so this request may be refused until their turns are over.
        eventually(lambda: client.get("/notes?limit=1").status_code == 200, 60)
        for connection in connections:
            connection.close()

        assert max(memory(pid, "VmHWM") for pid in workers) < PEAK
        assert eventually(lambda: max(memory(pid, "VmRSS") for pid in workers) < AFTERWARDS, 60)
