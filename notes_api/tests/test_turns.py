"""One account's writes wait for each other: nobody else shall wait for a thread meanwhile."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from django.conf import settings

from notes_api.tests.serving import log_in, logged_in, serving
from notes_api.turns import WritingTurns

needs_row_locks = pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has one writer at a time")

# Seconds within which whoever is not concerned is answered, on a busy machine too; a write waits for 20 and more.
PROMPT = 10


@pytest.fixture(scope="module")
def lone_worker(served_database):
    with serving(served_database, WEB_CONCURRENCY="1") as server:
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
    """A second token of the same account, as headers."""
    sent = {"refresh_token": client.tokens["refresh_token"]}
    return {"Authorization": f"Bearer {client.post('/login/refresh', json=sent).json()['access_token']}"}


@contextmanager
def waiting_writes(database, owner, *credentials):
    """Eight writes of an account with its own token, and with each of the others, that wait until the end of this."""
    headers = [each for each in ({}, *credentials) for _ in range(8)]
    with ThreadPoolExecutor(len(headers)) as threads, database.transaction() as execute:
        execute(
            "UPDATE accounts_clock SET value = value + 1"
            f" WHERE user_id = (SELECT id FROM accounts_user WHERE email = '{owner.email}')"
        )
        writes = [threads.submit(owner.post, "/notes", json={"title": "Milk"}, headers=each) for each in headers]
        wait(writes, timeout=1)
        yield writes
        assert not any(write.done() for write in writes)


def test_while_an_accounts_writes_wait_others_read(owner, other, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        assert other.get("/notes", timeout=PROMPT).status_code == 200


def test_while_an_accounts_writes_wait_it_reads(owner, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        assert owner.get("/notes", timeout=PROMPT).status_code == 200


@needs_row_locks
def test_while_the_writes_with_one_token_wait_others_write(owner, other, served_database):
    with waiting_writes(served_database, owner):
        assert other.post("/notes", json={"title": "Bread"}, timeout=PROMPT).status_code == 201


@needs_row_locks
def test_while_an_accounts_writes_wait_others_log_in(owner, other, served_database):
    with waiting_writes(served_database, owner, another_token(owner)):
        other.timeout = PROMPT
        assert log_in(other, other.email).status_code == 200


def test_writes_that_had_to_wait_are_all_done(owner, served_database):
    with waiting_writes(served_database, owner) as writes:
        pass

    assert [write.result().status_code for write in writes] == [201] * 8
    assert len(owner.get("/notes").json()["results"]) == 8


def turns_of(writing, authorization):
    return writing.of({"method": "POST", "headers": [(b"authorization", authorization)]})


def test_spaces_do_not_make_another_token():
    writing = WritingTurns(4)

    assert turns_of(writing, b"Bearer one") == turns_of(writing, b"bearer   one ")
    assert turns_of(writing, b"Bearer one") != turns_of(writing, b"Bearer two")


def test_a_token_is_forgotten_with_the_last_request_that_came_with_it():
    writing = WritingTurns(4)

    first, second = turns_of(writing, b"Bearer one"), turns_of(writing, b"Bearer one")
    del first
    assert list(writing.by_token) == [b"one"]
    del second
    assert list(writing.by_token) == []
