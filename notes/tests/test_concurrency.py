"""Many clients of one account write at once to a running server."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from notes.tests.convergence.client import Client
from notes_api.tests.live_server import logged_in

ROUNDS = 5


@pytest.fixture
def at_once(product, visitor):
    """`at_once(30, request)` returns the responses to `request(client, 0)` … `request(client, 29)`, sent at once."""
    with ExitStack() as stack, ThreadPoolExecutor(50) as threads:
        token = visitor.tokens["access_token"]
        clients = [stack.enter_context(Client(product, token)) for _ in range(50)]
        yield lambda count, request: list(threads.map(request, clients[:count], range(count)))


def statuses(answers):
    return {answer.status for answer in answers}


def test_50_posts_with_one_idempotency_key_create_one_note_and_get_one_response(visitor, at_once):
    def push(key):
        return at_once(50, lambda client, _: client.send("POST", "/notes", {"title": "Milk"}, key))

    rounds = [push({"Idempotency-Key": f"push {number}"}) for number in range(ROUNDS)]

    assert [statuses(answers) for answers in rounds] == [{201}] * ROUNDS
    assert [len({str(answer.body) for answer in answers}) for answers in rounds] == [1] * ROUNDS
    replayed = [sum("Idempotency-Replayed" in answer.headers for answer in answers) for answers in rounds]
    assert replayed == [49] * ROUNDS
    assert len(visitor.get("/notes", params={"limit": 100}).json()["results"]) == ROUNDS


def test_30_concurrent_appends_keep_every_line(visitor, at_once):
    address = visitor.post("/notes", json={"title": "Log"}).headers["Location"]

    answers = at_once(30, lambda client, number: client.send("POST", f"{address}/append", {"text": f"{number}\n"}))

    assert statuses(answers) == {200}
    assert len({answer.body["version"] for answer in answers}) == 30
    assert sorted(visitor.get(address).json()["content"].split(), key=int) == [str(number) for number in range(30)]


def test_concurrent_batches_of_one_account_never_deadlock(visitor, at_once):
    notes = [visitor.post("/notes", json={"title": f"Note {number}"}).json()["id"] for number in range(10)]

    def push(client, number):
        # Every second batch has the reverse order: with one lock per note, they would deadlock.
        order = notes if number % 2 else notes[::-1]
        operations = [{"op": "append", "id": note, "text": f"{number}\n"} for note in order]
        return client.send("POST", "/notes/batch", {"operations": operations})

    answers = at_once(40, push)

    assert statuses(answers) == {200}
    contents = [note["content"] for note in visitor.get("/notes").json()["results"]]
    assert len(set(contents)) == 1
    assert sorted(contents[0].split(), key=int) == [str(number) for number in range(40)]


@pytest.mark.skipif(not os.environ.get("DATABASE_HOSTNAME"), reason="SQLite has one writer at a time")
def test_one_account_never_waits_for_another(product, visitor, served_database):
    visitor.post("/notes", json={"title": "Milk"}).raise_for_status()
    hold = "SELECT 1 FROM accounts_clock WHERE user_id = (SELECT id FROM accounts_user WHERE email = %s) FOR UPDATE"
    with (
        logged_in(product) as other,
        ThreadPoolExecutor(1) as thread,
        psycopg.connect(**served_database.address, dbname=served_database.name) as holder,
    ):
        holder.execute(hold, [visitor.email])
        waiting = thread.submit(visitor.post, "/notes", json={"title": "Bread"})
        responses = [other.post("/notes", json={"title": "Milk"}) for _ in range(20)]
        waited = not waiting.done()

    assert waited
    assert [response.status_code for response in responses] == [201] * 20
    assert waiting.result().status_code == 201
