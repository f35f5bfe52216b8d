import asyncio
import hashlib
import json
import os

import httpx
import pytest

from notes_api import bodies
from notes_api.bodies import BodyReader, ClientGone, Refusal, discard, longest_match
from notes_api.lanes import Lane
from notes_api.tests.edge.server import eventually, running_server

KIB, MIB = 1024, 1024 * 1024
GOOD = {"Authorization": "Key good"}


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def chunks(size, of=50_000):
    """A generator makes httpx send a chunked body."""
    while size > 0:
        yield b"x" * min(of, size)
        size -= of


def runs(server):
    return len(httpx.get(f"{server.url}/seen").json()["runs"])


def talk(server, *pieces):
    """Send the pieces over one socket and only then read until the server closes."""
    with server.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        return connection.makefile("rb").read()


def head(method, path, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_body_within_the_limit_arrives(client):
    response = client.post("/echo", content=b"x" * 64 * KIB)

    assert response.json()["size"] == 64 * KIB


def test_a_chunked_body_gets_its_length(client):
    response = client.patch("/echo", content=chunks(60_000))

    assert response.json()["size"] == 60_000
    assert response.json()["declared"] == "60000"
    assert response.json()["encoding"] is None


def test_an_empty_chunked_body_has_the_length_zero(client):
    assert client.post("/echo", content=chunks(0)).json()["declared"] == "0"


def test_a_longer_body_is_a_413_where_no_one_needs_to_be_logged_in(client):
    response = client.post("/echo", content=b"x" * (64 * KIB + 1), headers={"X-Request-ID": "long"})

    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["connection"] == "close"
    assert response.json()["code"] == "payload_too_large"
    assert response.json()["request_id"] == response.headers["x-request-id"] == "long"


def test_a_longer_chunked_body_is_a_413_too(client):
    assert client.post("/echo", content=chunks(70_000)).status_code == 413


def test_credentials_do_not_lift_the_limit_of_a_public_path(client):
    assert client.post("/echo", content=b"x" * 70_000, headers=GOOD).status_code == 413


def test_a_long_body_without_credentials_is_refused_like_any_request_without_credentials(client):
    short = client.post("/guarded", content=b"x")
    long = client.post("/guarded", content=b"x" * 100_000)

    assert long.status_code == short.status_code == 401
    assert long.json() == short.json()
    assert long.headers["www-authenticate"] == short.headers["www-authenticate"] == "Key"
    assert long.headers["content-type"] == short.headers["content-type"]
    assert long.headers["connection"] == "close"


def test_a_long_body_with_wrong_credentials_is_refused(client):
    assert client.post("/guarded", content=chunks(100_000), headers={"Authorization": "Key bad"}).status_code == 401


def test_a_refused_body_runs_no_view(server, client):
    before = runs(server)

    client.post("/guarded", content=b"x" * 100_000)
    client.post("/echo", content=b"x" * 100_000)

    assert runs(server) == before


@pytest.mark.parametrize("size", [100_000, 3_000_000])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_long_body_with_credentials_arrives_whole(client, size, is_chunked):
    content = chunks(size) if is_chunked else b"x" * size

    response = client.put("/guarded", content=content, headers=GOOD)

    assert response.json()["sha256"] == hashlib.sha256(b"x" * size).hexdigest()
    assert response.json()["declared"] == str(size)


def test_a_body_beyond_a_mebibyte_waits_in_a_file(client):
    in_memory = client.post("/guarded", content=b"x" * (MIB - 1), headers=GOOD).json()["spooled"]
    in_file = client.post("/guarded", content=b"x" * (MIB + 1), headers=GOOD).json()["spooled"]

    assert in_memory == "BytesIO"
    assert in_file == "BufferedRandom"


def test_the_longest_prefix_sets_the_limit(client):
    assert client.post("/guarded/small", content=b"x" * 129 * KIB, headers=GOOD).status_code == 413
    assert client.post("/guarded", content=b"x" * 129 * KIB, headers=GOOD).status_code == 200
    assert client.post("/guarded", content=chunks(8 * MIB + 1), headers=GOOD).status_code == 413


@pytest.mark.parametrize(("path", "status"), [("/echo", b"413"), ("/guarded", b"401")])
def test_a_client_that_asks_first_is_refused_before_it_sends_anything(server, path, status):
    answer = talk(server, head("POST", path, Content_Length=1_000_000, Expect="100-continue"))

    assert answer.startswith(b"HTTP/1.1 " + status)


def test_a_client_that_asks_first_and_may_is_told_to_go_on(server):
    with server.connect() as connection:
        connection.sendall(
            head("POST", "/guarded", Content_Length=100_000, Expect="100-continue", Authorization="Key good")
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x" * 100_000)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_client_that_sends_everything_before_it_reads_still_gets_the_answer(server):
    answer = talk(server, head("POST", "/echo", Content_Length=5 * MIB), b"x" * 5 * MIB)

    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "payload_too_large"


def test_a_client_that_leaves_in_the_middle_runs_no_view(server):
    before = runs(server)

    with server.connect() as connection:
        connection.sendall(head("POST", "/echo", Content_Length=1000) + b"x" * 500)
    with server.connect() as connection:
        connection.sendall(head("POST", "/echo", Content_Length=4) + b"last")
        connection.recv(100)

    assert eventually(lambda: runs(server) == before + 1)


@pytest.fixture
def _notes_may_be_long(settings):
    settings.BODY_LIMITS = {"/notes": 8 * MIB}


def read(path, *messages, headers=(), vet=None):
    """What the reader makes of these messages; None stands for a client that falls silent."""
    incoming = list(messages)

    async def receive():
        message = incoming.pop(0)
        return await asyncio.Event().wait() if message is None else message

    async def nobody_asks():
        raise AssertionError("credentials were asked for")

    async def main():
        files = Lane("files", 1)
        reader = BodyReader({"path": path, "headers": [*headers]}, receive, files)
        try:
            with await reader.read(vet or nobody_asks) as body:
                return body.read()
        finally:
            files.stop()

    return asyncio.run(main())


def part(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


CHUNKED = [(b"transfer-encoding", b"chunked")]


def test_a_client_that_falls_silent_is_told_so(monkeypatch):
    monkeypatch.setattr(bodies, "CHUNK_TIMEOUT", 0.05)

    with pytest.raises(Refusal) as refusal:
        read("/notes", part(b"x"), None, headers=CHUNKED)

    assert (refusal.value.status, refusal.value.code) == (408, "request_timeout")


def test_a_client_that_dribbles_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(bodies, "CHUNK_TIMEOUT", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST_RATE", 1e9)
    started = []

    async def receive():
        started.append(1)
        await asyncio.sleep(0.02)
        return part(b"x")

    async def main():
        await BodyReader({"path": "/notes", "headers": CHUNKED}, receive, Lane("files", 1)).read(None)

    with pytest.raises(Refusal) as refusal:
        asyncio.run(main())

    assert refusal.value.status == 408
    assert len(started) > 2


def test_a_client_that_leaves_is_noticed():
    with pytest.raises(ClientGone):
        read("/notes", part(b"x"), {"type": "http.disconnect"}, headers=CHUNKED)


@pytest.mark.usefixtures("_notes_may_be_long")
def test_credentials_are_asked_for_once():
    asked = []

    async def vet():
        asked.append(1)

    body = read("/notes", *[part(b"x" * 60_000)] * 4, part(b"", more=False), headers=CHUNKED, vet=vet)

    assert len(body) == 240_000
    assert asked == [1]


@pytest.mark.usefixtures("_notes_may_be_long")
def test_a_full_disk_is_a_503(monkeypatch, caplog):
    async def vet():
        pass

    monkeypatch.setattr(bodies.tempfile, "SpooledTemporaryFile", FullDisk)

    with pytest.raises(Refusal) as refusal:
        read("/notes", *[part(b"x" * (MIB // 2))] * 3, headers=CHUNKED, vet=vet)

    assert refusal.value.status == 503


class FullDisk:
    def __init__(self, *args, **kwargs):
        self.size = 0

    def write(self, chunk):
        self.size += len(chunk)
        if self.size > MIB:
            raise OSError(28, os.strerror(28))

    def close(self):
        pass


def test_what_is_read_after_a_refusal_is_bounded(monkeypatch):
    monkeypatch.setattr(bodies, "DRAIN_BYTES", 1000)
    received = []

    async def receive():
        received.append(1)
        return part(b"x" * 100)

    asyncio.run(discard(receive))

    assert len(received) == 10


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/notes", 1), ("/notes/", 1), ("/notes/7", 1), ("/notes/batch", 2), ("/notesbatch", 0), ("/notes/batches", 1)],
)
def test_a_prefix_counts_in_whole_segments(path, limit):
    assert longest_match(path, {"/notes": 1, "/notes/batch": 2}, 0) == limit
