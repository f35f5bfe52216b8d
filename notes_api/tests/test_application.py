"""The ASGI application behind its server: responses, streams, request ids and deadlines."""

import threading

import httpx
import pytest

from notes_api.server.scheduler import REQUEST_THREADS
from notes_api.tests.edge.server import eventually, get, running_server

# The server of these tests has SQLite.
THREADS = REQUEST_THREADS["sqlite"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    (files / "logo.bin").write_bytes(bytes(range(256)) * 1024)
    with running_server(files=files) as server:
        yield server


@pytest.fixture(scope="module")
def hurried_server():
    with running_server(request_timeout=0.5) as server:
        yield server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=10, verify=False) as client:
        yield client


def seen(server):
    return get(f"{server.url}/seen").json()


def test_a_response_has_its_length_and_every_cookie(client):
    response = client.get("/plain")

    assert response.text == "hello"
    assert response.headers["content-length"] == "5"
    assert response.headers.get_list("set-cookie") == ["one=1; Path=/", "two=2; Path=/"]
    assert "server" not in response.headers


def test_head_has_the_headers_of_get_and_no_content(client):
    response = client.head("/plain")

    assert response.headers["content-length"] == "5"
    assert response.content == b""


def test_a_response_without_content_has_no_length(client):
    response = client.get("/empty")

    assert response.status_code == 204
    assert "content-length" not in response.headers
    assert "transfer-encoding" not in response.headers


def test_requests_run_on_the_threads_of_the_request_pool(client):
    names = {client.get("/thread").json()["thread"] for _ in range(20)}

    assert names <= {f"requests-{number}" for number in range(THREADS)}


def test_a_log_in_runs_in_the_hashing_pool(client):
    assert client.post("/login").json()["thread"].startswith("hashing-")
    assert client.get("/login").json()["thread"].startswith("requests-")


def test_liveness_needs_no_thread(client):
    assert client.get("/livez").json()["thread"] == "MainThread"


def test_a_stream_arrives_whole(client):
    response = client.get("/parts", params={"count": 50})

    assert response.content == b"".join(b"%06d\n" % number * 1000 for number in range(50))


def test_a_static_file_arrives_whole(client):
    response = client.get("/logo.bin")

    assert response.content == bytes(range(256)) * 1024


def test_head_of_a_static_file_has_its_length(client):
    response = client.head("/logo.bin")

    assert response.headers["content-length"] == str(256 * 1024)
    assert response.content == b""


def test_an_interrupted_stream_is_recognised_as_incomplete(client):
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/broken-stream")


def test_a_stream_is_closed_when_the_client_leaves(server):
    before = seen(server)["closed_streams"].count("parts")

    with httpx.stream("GET", f"{server.url}/parts?count=1000000", verify=False) as response:
        next(response.iter_bytes())

    assert eventually(lambda: seen(server)["closed_streams"].count("parts") == before + 1)


def test_an_event_stream_is_closed_when_the_client_leaves(server):
    before = seen(server)["closed_streams"].count("events")

    with httpx.stream("GET", f"{server.url}/events", verify=False) as response:
        assert next(response.iter_lines()) == "tick"

    assert eventually(lambda: seen(server)["closed_streams"].count("events") == before + 1)


def test_a_valid_request_id_reaches_django(client):
    response = client.post("/echo", headers={"X-Request-ID": "my-id.1_2"})

    assert response.json()["request_id"] == "my-id.1_2"


@pytest.mark.parametrize("sent", ["", "a" * 65, "semi;colon", "two words"])
def test_any_other_request_id_is_replaced(client, sent):
    response = client.post("/echo", headers={"X-Request-ID": sent})

    assert len(response.json()["request_id"]) == 32


def test_two_request_ids_are_replaced(client):
    response = client.post("/echo", headers=[("X-Request-ID", "one"), ("X-Request-ID", "two")])

    assert len(response.json()["request_id"]) == 32


def test_a_query_string_that_is_not_utf_8_is_a_problem(server):
    with server.connect() as connection:
        connection.sendall(b"GET /plain?q=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_request_that_takes_too_long_gets_503(hurried_server):
    response = get(f"{hurried_server.url}/slow?seconds=1", headers={"X-Request-ID": "late"})

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert response.headers["x-request-id"] == "late"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The service is too busy at the moment. Try again soon.",
        "code": "service_unavailable",
        "request_id": "late",
        "errors": [],
    }


def test_the_admin_may_take_longer(hurried_server):
    assert get(f"{hurried_server.url}/admin/slow?seconds=0.8").status_code == 200


def test_liveness_responds_while_all_other_threads_hang(hurried_server):
    statuses = []

    def hang():
        statuses.append(get(f"{hurried_server.url}/slow?seconds=4").status_code)

    clients = [threading.Thread(target=hang) for _ in range(THREADS + 2)]
    for client in clients:
        client.start()
    eventually(lambda: len(statuses) == THREADS + 2)

    # All got an error; they still occupy all threads, except two that never got one.
    assert get(f"{hurried_server.url}/plain").status_code == 503
    assert get(f"{hurried_server.url}/livez").status_code == 200
    assert statuses == [503] * (THREADS + 2)
    for client in clients:
        client.join()
    assert eventually(lambda: get(f"{hurried_server.url}/plain").status_code == 200)
