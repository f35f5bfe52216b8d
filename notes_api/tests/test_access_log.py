"""The access log: one line for each request, written where its response ends, which says why it took long or failed."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress

import httpx
import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import connected, logged_in, serving

SETTINGS = {
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
    "REQUEST_TIMEOUT": "2",
    "SLOW_REQUEST_MS": "500",
    # Nothing listens there.
    "EMAIL_URL": "smtp://127.0.0.1:1",
}
# More than one account may use.
THREADS = 8
STAGES = ("body_ms", "queue_ms", "database_ms", "run_ms")


@pytest.fixture(scope="module")
def server(served_database):
    with serving(served_database, **SETTINGS) as server:
        yield server


@pytest.fixture
def client(server):
    with logged_in(server) as client:
        client.account = client.get("/users/me").json()["id"]
        yield client


@pytest.fixture
def request_id():
    """The id of a request, by which an operator finds its lines."""
    return secrets.token_hex(8)


@contextmanager
def nobody_can_write(served_database):
    with served_database.transaction() as execute:
        execute("UPDATE accounts_clock SET value = value")
        yield


def lines(server, logger, **fields):
    """Return the lines of this logger with these fields, once there are any."""

    def find():
        records = [json.loads(line) for line in server.log().splitlines()]
        return [each for each in records if each["logger"] == logger and fields.items() <= each.items()]

    return eventually(find)


def access_line(server, request_id):
    """Return the only line of this request in the access log."""
    [line] = lines(server, "notes_api.access", request_id=request_id)
    return line


def exchange(server, data):
    """Send bytes, and return what the server sends until it closes the connection."""
    with server.connect() as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_the_line_has_the_route_the_status_the_account_and_the_session(server, client, request_id):
    client.get("/notes/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers={"X-Request-ID": request_id})

    line = access_line(server, request_id)
    session = client.get("/sessions").json()["results"][0]["id"]
    assert line["message"] == "GET /notes/{id} 404"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/notes/{id}", 404)
    assert (line["account_id"], line["credential_id"]) == (client.account, session)
    assert line.keys() == {
        "time", "level", "logger", "message", "method", "route", "status", "total_ms", *STAGES,
        "account_id", "credential_id", "request_id",
    }  # fmt: skip


def test_the_stages_are_parts_of_the_total(server, client, request_id):
    client.post("/notes", json={"title": "Milk"}, headers={"X-Request-ID": request_id})

    line = access_line(server, request_id)
    assert 0 < line["database_ms"] < line["total_ms"]
    assert 0 < line["run_ms"] < line["total_ms"]
    assert sum(line[stage] for stage in STAGES) <= line["total_ms"] + 0.5


def test_the_line_of_an_api_token_names_the_token(server, client, request_id):
    token = client.post("/tokens", json={"name": "Script", "scopes": ["notes:read"]}).json()
    client.get("/notes", headers={"Authorization": f"Bearer {token['token']}", "X-Request-ID": request_id})

    assert access_line(server, request_id)["credential_id"] == token["id"]


LINES = [
    ("/docs", "GET /docs 200"),
    ("/static/accounts/login.css", "GET /static/{path} 200"),
    ("/livez", "GET /livez 200"),
    ("/somewhere/else", "GET /{unknown} 404"),
    ("/notes", "GET /notes 401"),
]


def test_every_kind_of_response_has_one_line(server, request_id, subtests):
    for number, (path, message) in enumerate(LINES):
        with subtests.test(path=path), connected(server) as client:
            client.get(path, headers={"X-Request-ID": f"{request_id}-{number}"})

            assert access_line(server, f"{request_id}-{number}")["message"] == message


def test_a_body_that_is_too_large_is_logged_as_such(server, client, request_id):
    client.post("/login", content=b"x" * 70_000, headers={"X-Request-ID": request_id})

    line = access_line(server, request_id)
    assert (line["message"], line["refusal"]) == ("POST /login 413", "too_large")


def test_a_long_body_without_credentials_has_one_line(server, request_id):
    with connected(server) as client:
        client.post("/notes", content=b"x" * 70_000, headers={"X-Request-ID": request_id})

    assert access_line(server, request_id)["message"] == "POST /notes 401"


@pytest.mark.parametrize(
    ("data", "message", "refusal"),
    [
        (b"GET /notes HTTP/1.1\r\n\r\n", "- /{unknown} 400", None),
        (b"nonsense\r\n\r\n", "- /{unknown} 400", None),
        (b"GET /" + b"x" * 20_000, "- /{unknown} 414", "too_large"),
        (
            b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "POST /login 400",
            None,
        ),
    ],
    ids=["no host", "not HTTP", "long URL", "malformed chunk"],
)
def test_a_request_that_is_rejected_outside_django_has_one_line(server, data, message, refusal):
    response = exchange(server, data)

    line = access_line(server, json.loads(response.partition("\r\n\r\n")[2])["request_id"])
    assert (line["message"], line.get("refusal")) == (message, refusal)


def test_a_client_that_disconnects_has_one_line(server, request_id):
    head = f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nX-Request-ID: {request_id}\r\n\r\n{{"
    with server.connect() as connection:
        connection.sendall(head.encode())

    line = access_line(server, request_id)
    assert (line["message"], line["refusal"]) == ("POST /login -", "client_gone")


def test_the_line_of_a_stream_is_written_when_it_ends(server, client, request_id):
    with client.stream("GET", "/changes/stream", headers={"X-Request-ID": request_id}) as stream:
        events = stream.iter_lines()
        next(events)
        assert request_id not in server.log()

    assert access_line(server, request_id)["message"] == "GET /changes/stream 200"


def test_the_log_of_a_request_past_its_deadline_says_who_waited_where_and_for_which_statement(
    server, served_database, client, request_id
):
    with nobody_can_write(served_database):
        response = client.post("/notes", json={"title": "xylograph"}, headers={"X-Request-ID": request_id})

    assert response.status_code == 503
    line = access_line(server, request_id)
    assert (line["message"], line["level"]) == ("POST /notes 503", "WARNING")
    assert line["account_id"] == client.account
    assert line["refusal"] in ("deadline", "database")
    assert 1500 < line["database_ms"] <= line["total_ms"] < 10_000
    [slow] = lines(server, "notes_api.slow", request_id=request_id)
    assert slow["route"] == "/notes"
    assert slow["statement_ms"] == pytest.approx(line["database_ms"], abs=200)
    assert slow["statement"].startswith(("INSERT", "UPDATE", "WITH", "BEGIN"))
    assert "xylograph" not in server.log()


def test_the_log_of_a_request_that_would_wait_too_long_says_whose_it_is(server, served_database, client):
    def write(timeout=None):
        with suppress(httpx.ReadTimeout):
            return client.post("/notes", json={"title": "Milk"}, timeout=timeout).json()["code"]

    with nobody_can_write(served_database), ThreadPoolExecutor(THREADS) as threads:
        waiting = [threads.submit(write) for _ in range(THREADS)]
        eventually(lambda: write(timeout=0.5) == "overloaded")
        wait(waiting)

    line = lines(server, "notes_api.access", account_id=client.account, refusal="queue")[0]
    assert (line["message"], line["level"]) == ("POST /notes 503", "WARNING")
    assert line["database_ms"] == 0
    assert line["total_ms"] < 1000


def test_lines_about_a_request_have_its_id_in_threads_too(server, client, request_id):
    client.post("/login", data={"username": client.email, "password": "wrong"}, headers={"X-Request-ID": request_id})

    [line] = lines(server, "notes_api.security", request_id=request_id)
    assert line["message"] == f"login_failed account {client.account}"


def test_a_mail_that_is_not_sent_is_logged_with_the_id_of_its_request(server, client, request_id):
    client.post("/password/reset", json={"email": client.email}, headers={"X-Request-ID": request_id})

    [line] = lines(server, "notes_api.outbox", request_id=request_id)
    assert "was not sent" in line["message"]
