import hashlib
import json

import httpx
import pytest

from notes_api.tests.edge.server import eventually, get, running_server

KIB, MIB = 1024, 1024 * 1024
GOOD = {"Authorization": "Key good"}


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=10, verify=False) as client:
        yield client


def chunks(size, of=50_000):
    """A generator makes httpx send a chunked body."""
    while size > 0:
        yield b"x" * min(of, size)
        size -= of


def runs(server):
    return len(get(f"{server.url}/seen").json()["runs"])


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


def test_a_body_beyond_64_kib_waits_in_a_file(client):
    in_memory = client.post("/guarded", content=b"x" * 64 * KIB, headers=GOOD).json()["spooled"]
    in_file = client.post("/guarded", content=b"x" * (64 * KIB + 1), headers=GOOD).json()["spooled"]

    assert in_memory != "BufferedRandom"
    assert in_file == "BufferedRandom"


def test_the_longest_prefix_sets_the_limit(client):
    assert client.post("/guarded/small", content=b"x" * 129 * KIB, headers=GOOD).status_code == 413
    assert client.post("/guarded", content=b"x" * 129 * KIB, headers=GOOD).status_code == 200
    assert client.post("/guarded", content=chunks(8 * MIB + 1), headers=GOOD).status_code == 413


@pytest.mark.parametrize(("path", "status"), [("/echo", b"413"), ("/guarded", b"401")])
def test_an_unauthorized_client_with_expect_is_refused_before_its_body(server, path, status):
    answer = talk(server, head("POST", path, Content_Length=1_000_000, Expect="100-continue"))

    assert answer.startswith(b"HTTP/1.1 " + status)


def test_an_authorized_client_with_expect_gets_100(server):
    with server.connect() as connection:
        connection.sendall(
            head("POST", "/guarded", Content_Length=100_000, Expect="100-continue", Authorization="Key good")
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x" * 100_000)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_client_that_sends_everything_before_it_reads_gets_the_response(server):
    answer = talk(server, head("POST", "/echo", Content_Length=5 * MIB), b"x" * 5 * MIB)

    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "payload_too_large"


def test_a_client_that_disconnects_during_its_body_runs_no_view(server):
    before = runs(server)

    with server.connect() as connection:
        connection.sendall(head("POST", "/echo", Content_Length=1000) + b"x" * 500)
    with server.connect() as connection:
        connection.sendall(head("POST", "/echo", Content_Length=4) + b"last")
        connection.recv(100)

    assert eventually(lambda: runs(server) == before + 1)
