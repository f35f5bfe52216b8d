"""How often a request asks the database: every one of them is a wait, and on PostgreSQL a round trip."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notes.tests.making import make_note, make_trashed

pytestmark = pytest.mark.django_db(transaction=True)

# Credentials; what is asked for. A write is a transaction of its own: its beginning, the tick, the note, the end; and
# on PostgreSQL, which can be listened to, an announcement behind it.
READS = [("get", "/notes", None, 2), ("get", "/notes/{kept}", None, 2), ("get", "/changes?since={now}", None, 2),
         ("get", "/trash", None, 2), ("get", "/tags", None, 2)]  # fmt: skip
WRITES = [
    ("post", "/notes", {"title": "Bread"}, 5),
    # The note as it is for the permission, and again under the lock; the text that is set aside, if there is room.
    ("put", "/notes/{kept}", {"title": "Bread"}, 9),
    ("patch", "/notes/{kept}", {"is_pinned": True}, 7),
    ("post", "/notes/{kept}/append", {"text": "!"}, 9),
    ("delete", "/notes/{kept}", None, 7),
    ("post", "/trash/{trashed}/restore", None, 7),
]


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def ids(alice, phone):
    kept, trashed = make_note(owner=alice), make_trashed(owner=alice)
    return {"kept": kept.pk, "trashed": trashed.pk, "now": phone.get("/changes?since=now").json()["next"]}


@pytest.mark.parametrize(("method", "path", "body", "count"), READS, ids=str)
def test_a_read_takes_no_more_statements_than_this(phone, ids, method, path, body, count):
    assert statements(phone, method, path.format(**ids), body) == count


@pytest.mark.parametrize(("method", "path", "body", "count"), WRITES, ids=str)
def test_a_write_takes_no_more_statements_than_this(phone, ids, method, path, body, count):
    announced = connection.vendor == "postgresql"

    assert statements(phone, method, path.format(**ids), body) == count + announced


def statements(client, method, address, body):
    with CaptureQueriesContext(connection) as queries:
        response = getattr(client, method)(address, body)
    assert response.status_code < 300
    return len(queries)
