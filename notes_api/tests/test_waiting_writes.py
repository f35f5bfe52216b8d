"""Concurrent writes of one account wait for each other without blocking the threads of others."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from django.conf import settings

from notes_api.tests.live_server import log_in, logged_in, serving

needs_row_locks = pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has one writer at a time")

# Seconds for an unaffected response on a busy machine; a blocked write waits for 20 or more.
PROMPT = 10


@pytest.fixture(scope="module")
def lone_worker(served_database):
    with serving(served_database) as server:
        yield server


@pytest.fixture
def owner(lone_worker):
    with logged_in(lone_worker) as client:
        yield client


@pytest.fixture
def other(lone_worker):
    with logged_in(lone_worker) as client:
        yield client


def another_token(client):
    """Headers with a second token of the same account."""
    sent = {"refresh_token": client.tokens["refresh_token"]}
    return {"Authorization": f"Bearer {client.post('/login/refresh', json=sent).json()['access_token']}"}


def write_until_accepted(client, headers):
    """Write, and repeat it as long as the server is overloaded: a busy machine sends some writes very late."""
    while (response := client.post("/notes", json={"title": "Milk"}, headers=headers)).status_code == 503:
        assert response.json()["code"] == "overloaded"
        time.sleep(int(response.headers["Retry-After"]))
    return response


@contextmanager
def waiting_writes(database, owner, *credentials):
    """Eight writes of the account with each of these tokens; they wait until the end of this context."""
    headers = [each for each in ({}, *credentials) for _ in range(8)]
    with ThreadPoolExecutor(len(headers)) as threads, database.transaction() as execute:
        execute(
            "UPDATE accounts_clock SET value = value + 1"
            f" WHERE user_id = (SELECT id FROM accounts_user WHERE email = '{owner.email}')"
        )
        writes = [threads.submit(write_until_accepted, owner, each) for each in headers]
        wait(writes, timeout=1)
        yield writes
        assert not any(write.done() for write in writes)


def test_others_can_read_while_the_writes_of_an_account_wait(owner, other, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        assert other.get("/notes", timeout=PROMPT).status_code == 200


def test_an_account_can_read_while_its_writes_wait(owner, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        assert owner.get("/notes", timeout=PROMPT).status_code == 200


@needs_row_locks
def test_others_can_write_while_the_writes_with_one_token_wait(owner, other, served_database):
    with waiting_writes(served_database, owner):
        assert other.post("/notes", json={"title": "Bread"}, timeout=PROMPT).status_code == 201


@needs_row_locks
def test_others_can_log_in_while_the_writes_of_an_account_wait(owner, other, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        other.timeout = PROMPT
        assert log_in(other, other.email).status_code == 200


def test_all_waiting_writes_are_executed(owner, served_database):
    with waiting_writes(served_database, owner) as writes:
        pass

    assert [write.result().status_code for write in writes] == [201] * 8
    assert len(owner.get("/notes").json()["results"]) == 8
