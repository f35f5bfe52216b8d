"""How many statements a request runs: on PostgreSQL each is a round trip."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notes.models import single_statement
from notes.tests.factories import make_note, make_trashed

pytestmark = pytest.mark.usefixtures("on_commit")

# A read: the credentials, then the data.
READS = [("get", "/notes", None, 2), ("get", "/notes/{kept}", None, 2), ("get", "/changes?since={now}", None, 2),
         ("get", "/trash", None, 2), ("get", "/tags", None, 2)]  # fmt: skip
# Counting a tag that the last note loses.
ENDED_TAG = 1 if connection.vendor == "postgresql" else 2
# A write in a transaction adds: begin, tick, note, commit; and, with a note that exists, the note for the permission
# check and again under the lock, then the revisions and the earlier text.
IN_A_TRANSACTION = [
    ("post", "/notes", {"title": "Bread"}, 5),
    ("put", "/notes/{kept}", {"title": "Bread"}, 9),
    ("put", "/notes/{tagged}", {"title": "Bread"}, 9 + ENDED_TAG),
    ("patch", "/notes/{kept}", {"is_pinned": True}, 7),
    ("post", "/notes/{kept}/append", {"text": "!"}, 9),
    ("delete", "/notes/{kept}", None, 7),
    ("post", "/trash/{trashed}/restore", None, 7),
]
# On PostgreSQL the transaction is one statement if nothing is unusual.
AT_ONCE = [
    ("post", "/notes", {"title": "Bread", "tags": ["shop"]}, 2),
    ("put", "/notes/{kept}", {"title": "Bread", "tags": ["shop"]}, 3),
    ("put", "/notes/{tagged}", {"title": "Bread"}, 3),
    ("patch", "/notes/{kept}", {"is_pinned": True}, 3),
    ("post", "/notes/{kept}/append", {"text": "!"}, 3),
    ("post", "/notes/{kept}/edit", {"edits": [{"old": "Milk", "new": "Bread"}]}, 3),
]
# The notification of change listeners.
ANNOUNCED = 1


@pytest.fixture
def ids(alice, phone):
    kept, trashed = make_note(owner=alice, content="Milk"), make_trashed(owner=alice)
    tagged = make_note(owner=alice, tags=["work"])
    now = phone.get("/changes?since=now").json()["next"]
    return {"kept": kept.pk, "tagged": tagged.pk, "trashed": trashed.pk, "now": now}


def test_a_read_runs_exactly_this_many_statements(phone, ids, subtests):
    for method, path, body, count in READS:
        with subtests.test(method=method, path=path, body=body, count=count):
            assert statements(phone, method, path.format(**ids), body) == count


@pytest.mark.parametrize(("method", "path", "body", "count"), IN_A_TRANSACTION, ids=str)
def test_a_write_in_a_transaction_runs_exactly_this_many_statements(phone, ids, monkeypatch, method, path, body, count):
    monkeypatch.setattr(single_statement, "is_possible", lambda as_of: False)
    announced = ANNOUNCED if connection.vendor == "postgresql" else 0

    assert statements(phone, method, path.format(**ids), body) == count + announced


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite uses a transaction")
@pytest.mark.parametrize(("method", "path", "body", "count"), AT_ONCE, ids=str)
def test_a_write_at_once_runs_exactly_this_many_statements(phone, ids, method, path, body, count):
    assert statements(phone, method, path.format(**ids), body) == count + ANNOUNCED


def test_a_write_with_an_idempotency_key_does_not_try_to_write_at_once(phone):
    with CaptureQueriesContext(connection) as queries:
        phone.post("/notes", {"title": "Bread"}, headers={"Idempotency-Key": "one"})

    assert not [query for query in queries if "WITH ticked" in query["sql"]]


def statements(client, method, address, body):
    with CaptureQueriesContext(connection) as queries:
        response = getattr(client, method)(address, body)
    assert response.status_code < 300
    return len(queries)
