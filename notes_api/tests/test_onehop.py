import asyncio
import json
import threading

import httpx
import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from notes_api.onehop import OneHop
from notes_api.tests.edge.server import eventually, running_server


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
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def seen(server):
    return httpx.get(f"{server.url}/seen").json()


def test_an_answer_carries_its_length_and_every_cookie(client):
    response = client.get("/plain")

    assert response.text == "hello"
    assert response.headers["content-length"] == "5"
    assert response.headers.get_list("set-cookie") == ["one=1; Path=/", "two=2; Path=/"]
    assert "server" not in response.headers


def test_head_has_the_headers_of_get_and_no_content(client):
    response = client.head("/plain")

    assert response.headers["content-length"] == "5"
    assert response.content == b""


def test_an_answer_without_content_has_no_length(client):
    response = client.get("/empty")

    assert response.status_code == 204
    assert "content-length" not in response.headers
    assert "transfer-encoding" not in response.headers


def test_requests_run_on_the_few_threads_of_the_pages_lane(client):
    names = {client.get("/thread").json()["thread"] for _ in range(20)}

    assert names <= {"pages-0", "pages-1", "pages-2", "pages-3"}


def test_a_log_in_runs_in_a_lane_of_its_own(client):
    assert client.post("/login").json()["thread"].startswith("hashing-")
    assert client.get("/login").json()["thread"].startswith("pages-")


def test_liveness_has_a_thread_of_its_own(client):
    assert client.get("/livez").json()["thread"] == "liveness-0"


def test_a_stream_arrives_whole(client):
    response = client.get("/parts", params={"count": 50})

    assert response.content == b"".join(b"%06d\n" % number * 1000 for number in range(50))


def test_a_static_file_arrives_whole(client):
    response = client.get("/logo.bin")

    assert response.content == bytes(range(256)) * 1024


def test_head_of_a_static_file_tells_its_length(client):
    response = client.head("/logo.bin")

    assert response.headers["content-length"] == str(256 * 1024)
    assert response.content == b""


def test_a_stream_that_breaks_is_not_taken_for_complete(client):
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/broken-stream")


def test_a_stream_is_closed_when_the_client_leaves(server):
    before = seen(server)["closed_streams"].count("parts")

    with httpx.stream("GET", f"{server.url}/parts?count=1000000") as response:
        next(response.iter_bytes())

    assert eventually(lambda: seen(server)["closed_streams"].count("parts") == before + 1)


def test_an_event_stream_is_closed_when_the_client_leaves(server):
    before = seen(server)["closed_streams"].count("events")

    with httpx.stream("GET", f"{server.url}/events") as response:
        assert next(response.iter_lines()) == "tick"

    assert eventually(lambda: seen(server)["closed_streams"].count("events") == before + 1)


def test_a_sane_request_id_is_kept(client):
    response = client.post("/echo", headers={"X-Request-ID": "my-id.1_2"})

    assert response.json()["request_id"] == "my-id.1_2"


@pytest.mark.parametrize("sent", ["", "a" * 65, "semi;colon", "two words"])
def test_any_other_request_id_is_replaced_before_django_sees_it(client, sent):
    response = client.post("/echo", headers={"X-Request-ID": sent})

    assert len(response.json()["request_id"]) == 32


def test_two_request_ids_are_none(client):
    response = client.post("/echo", headers=[("X-Request-ID", "one"), ("X-Request-ID", "two")])

    assert len(response.json()["request_id"]) == 32


def test_a_query_string_that_is_not_utf_8_is_a_problem(server):
    with server.connect() as connection:
        connection.sendall(b"GET /plain?q=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_request_that_takes_too_long_is_answered_503(hurried_server):
    response = httpx.get(f"{hurried_server.url}/slow?seconds=1", headers={"X-Request-ID": "late"})

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
        "detail": "The service is too busy just now: try again soon.",
        "code": "service_unavailable",
        "request_id": "late",
        "errors": [],
    }


def test_the_admin_may_take_longer(hurried_server):
    assert httpx.get(f"{hurried_server.url}/admin/slow?seconds=0.8").status_code == 200


def test_liveness_is_answered_while_all_other_threads_hang(hurried_server):
    statuses = []

    def hang():
        statuses.append(httpx.get(f"{hurried_server.url}/slow?seconds=4").status_code)

    clients = [threading.Thread(target=hang) for _ in range(6)]
    for client in clients:
        client.start()
    eventually(lambda: len(statuses) == 6)

    # All of them were told to go; four still sit in the threads, and two never got one.
    assert httpx.get(f"{hurried_server.url}/plain").status_code == 503
    assert httpx.get(f"{hurried_server.url}/livez").status_code == 200
    assert statuses == [503] * 6
    for client in clients:
        client.join()
    assert eventually(lambda: httpx.get(f"{hurried_server.url}/plain").status_code == 200)


def asgi_answer(scope, *incoming):
    """What the application sends when it is called like that, without a server."""
    incoming, sent = list(incoming), []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(OneHop()(scope, receive, send))
    return sent


@pytest.fixture
def _edge_site(settings):
    settings.ROOT_URLCONF = "notes_api.tests.edge.urls"
    settings.MIDDLEWARE = []


@pytest.mark.usefixtures("_edge_site")
def test_a_websocket_is_refused():
    sent = asgi_answer({"type": "websocket", "path": "/", "headers": []}, {"type": "websocket.connect"})

    assert sent == [{"type": "websocket.close"}]


@pytest.mark.usefixtures("_edge_site")
def test_what_is_neither_http_nor_lifespan_is_ignored():
    assert asgi_answer({"type": "webtransport"}) == []


@pytest.mark.usefixtures("_edge_site")
def test_lifespan_starts_and_ends():
    sent = asgi_answer({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.usefixtures("_edge_site")
def test_what_breaks_outside_of_djangos_handlers_is_a_problem(monkeypatch, caplog):
    def broken(self, request):
        raise LookupError("no middleware survived")

    monkeypatch.setattr(OneHop, "get_response", broken)
    scope = {"type": "http", "method": "GET", "path": "/plain", "headers": [], "query_string": b""}

    start, body = asgi_answer(scope, {"type": "http.request"})

    assert start["status"] == 500
    assert json.loads(body["body"])["code"] == "internal_error"
    assert "no middleware survived" in caplog.text


def takes_a_password(operation, schemas):
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    names = {body["schema"].get("$ref", "").rpartition("/")[2] for body in bodies}
    return any("password" in member for name in names if name for member in schemas[name].get("properties", {}))


def test_the_paths_that_hash_passwords_are_known():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    hashing = {
        path
        for path, operations in schema["paths"].items()
        for operation in operations.values()
        if takes_a_password(operation, schema["components"]["schemas"])
    }

    assert "/login" in hashing
    assert hashing | {"/admin/login/", "/admin/password_change/"} == settings.HASHING_PATHS
