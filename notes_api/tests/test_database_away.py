"""The database stops or freezes: clients soon get an error, and the server recovers by itself."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from notes_api.tests.cluster import running_cluster, what_is_missing
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import PASSWORD, is_ready, log_in, logged_in, migrated, serving

pytestmark = [
    pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server that could stop"),
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
]

# Seconds for a response on a busy machine: the timeout is five, and no request waits for two of them.
PROMISE = 9.0


@pytest.fixture(scope="module")
def cluster():
    with running_cluster() as cluster:
        migrated(cluster.database)
        yield cluster


@pytest.fixture(scope="module")
def server(cluster):
    # An empty value counts as unset: the product's own limit of a request.
    with serving(cluster.database, REQUEST_TIMEOUT="") as server:
        yield server


@pytest.fixture
def client(server):
    with logged_in(server) as client:
        client.note = client.post("/notes", json={"title": "Milk"}).headers["Location"]
        yield client


def requests_of(client):
    """Return every kind of request that needs the database."""
    return {
        "list": lambda: client.get("/notes"),
        "read": lambda: client.get(client.note),
        "create": lambda: client.post("/notes", json={"title": "Bread"}),
        "replace": lambda: client.put(client.note, json={"title": "Bread"}),
        "changes": lambda: client.get("/changes"),
        "long body": lambda: client.put(client.note, json={"title": "Bread", "content": "x" * 100_000}),
        "log in": lambda: log_in(client, client.email),
        "refresh": lambda: client.post("/login/refresh", json={"refresh_token": client.tokens["refresh_token"]}),
        "register": lambda: client.post("/users", json={"email": "late@example.com", "password": PASSWORD}),
        "readyz": lambda: client.get("/readyz"),
    }


def answers_while_away(client):
    """Send every kind of request concurrently; return each status and its seconds."""

    def time_request(request):
        began = time.monotonic()
        return request(), time.monotonic() - began

    requests = requests_of(client)
    with ThreadPoolExecutor(len(requests)) as threads:
        return dict(zip(requests, threads.map(time_request, requests.values()), strict=True))


def assert_away(client):
    for _ in range(2):
        answers = answers_while_away(client)
        print({name: (response.status_code, round(seconds, 2)) for name, (response, seconds) in answers.items()})  # noqa: T201
        assert {response.status_code for response, _ in answers.values()} == {503}
        # Threads that still try to connect make the account wait, which may be refused.
        assert {int(response.headers["Retry-After"]) for response, _ in answers.values()} <= {1, 2, 3, 4, 5}
        assert all(response.headers["Content-Type"] == "application/problem+json" for response, _ in answers.values())
        assert max(seconds for _, seconds in answers.values()) < PROMISE
        assert client.get("/livez", timeout=PROMISE).status_code == 200


def assert_healed(client, server):
    began = time.monotonic()
    eventually(lambda: is_ready(server))
    eventually(lambda: client.get(client.note).status_code == 200)
    print(f"healed after {time.monotonic() - began:.2f} s")  # noqa: T201
    # Every thread has a working connection.
    for _ in range(10):
        answers = answers_while_away(client)
        assert {name for name, (response, _) in answers.items() if response.status_code >= 500} == set()


def test_requests_get_503_while_the_database_is_stopped_and_succeed_afterwards(server, client, cluster):
    cluster.stop()
    try:
        assert_away(client)
    finally:
        cluster.start()

    assert_healed(client, server)


def test_requests_get_503_while_the_database_is_frozen_and_succeed_afterwards(server, client, cluster):
    cluster.freeze()
    try:
        assert_away(client)
    finally:
        cluster.thaw()

    assert_healed(client, server)


def test_a_restart_of_the_database_between_two_requests_is_not_noticed(server, client, cluster):
    answers_while_away(client)
    cluster.stop()
    cluster.start()

    assert {name for name, (response, _) in answers_while_away(client).items() if response.status_code >= 500} == set()
