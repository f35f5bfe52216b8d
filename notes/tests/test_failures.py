"""The database fails at the n-th statement of a write, for every n: the write is done wholly or not at all."""

import pytest
from django.db import OperationalError, connection

from accounts.models import Clock
from notes.models import Note, Revision, StoredAnswer
from notes.tests.factories import clock_of, make_note, make_trashed

pytestmark = pytest.mark.django_db(transaction=True)

ABSENT = {"If-None-Match": "*"}
KEY = {"Idempotency-Key": "one"}
OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
BREAD = {"title": "Bread"}
EDITS = {"edits": [{"old": "two", "new": "three"}]}
BATCH = [
    {"op": "create", "note": BREAD},
    {"op": "update", "id": "{kept}", "note": BREAD},
    {"op": "append", "id": "{kept}", "text": "!"},
    {"op": "delete", "id": "{kept}"},
    {"op": "restore", "id": "{trashed}"},
]
WRITES = {
    "create": ("post", "/notes", BREAD, {}),
    "create with a key": ("post", "/notes", BREAD, KEY),
    "create under an own id": ("put", f"/notes/{OWN_ID}", BREAD, ABSENT),
    "replace": ("put", "/notes/{kept}", BREAD, {}),
    "patch": ("patch", "/notes/{kept}", BREAD, {"If-Match": "*"}),
    "patch that changes nothing": ("patch", "/notes/{kept}", {}, {}),
    "append": ("post", "/notes/{kept}/append", {"text": "!"}, {}),
    "append with a key": ("post", "/notes/{kept}/append", {"text": "!"}, KEY),
    "edit": ("post", "/notes/{kept}/edit", EDITS, {}),
    "delete": ("delete", "/notes/{kept}", None, {}),
    "restore": ("post", "/trash/{trashed}/restore", None, {}),
    "purge": ("delete", "/trash/{trashed}", None, {}),
    "empty the trash": ("delete", "/trash", None, {}),
    "restore a revision": ("post", "/notes/{kept}/revisions/1/restore", None, {}),
    "delete a revision": ("delete", "/notes/{kept}/revisions/1", None, {}),
    "batch": ("post", "/notes/batch", {"operations": BATCH}, {}),
    "atomic batch": ("post", "/notes/batch", {"operations": BATCH, "atomic": True}, {}),
    "batch with a key": ("post", "/notes/batch", {"operations": BATCH}, KEY),
}


class FailsAt:
    """A database connection that is lost at its n-th statement."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            raise OperationalError("the connection is lost")
        return execute(sql, params, many, context)


def everything():
    through = StoredAnswer.notes.through
    return [list(model.objects.order_by("pk").values()) for model in (Clock, Note, Revision, StoredAnswer, through)]


def named(value, ids):
    """Return the value with the ids of the notes filled in."""
    if isinstance(value, dict):
        return {name: named(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [named(inner, ids) for inner in value]
    return value.format(**ids) if isinstance(value, str) else value


def failing_at(number, client, method, path, body, headers):
    with connection.execute_wrapper(FailsAt(number)):
        return getattr(client, method)(path, body, headers=headers)


def failing_everywhere(client, write):
    """Fail at each statement in turn until the write succeeds; return what went wrong, and the success."""
    before, wrong = everything(), []
    for number in range(1, 200):
        response = failing_at(number, client, *write)
        if response.status_code < 300:
            return wrong, number, response
        if response.status_code != 503 or everything() != before or response.json()["code"] != "service_unavailable":
            wrong.append((number, response.status_code))
    raise AssertionError("It never succeeded.")


@pytest.fixture
def ids(alice):
    kept = make_note(owner=alice, title="Milk", content="one litre").change({"content": "two litres"})
    make_trashed(owner=alice, title="Jam").restore().change({"content": "x"}).trash()
    return {"kept": kept.pk, "trashed": Note.objects.trashed().get().pk}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_fails_at_any_statement_changes_nothing_and_can_be_retried(as_user, alice, ids, name):
    client = as_user(alice)
    write = named(list(WRITES[name]), ids)
    before = clock_of(alice)

    wrong, number, _ = failing_everywhere(client, write)

    assert wrong == []
    assert number > 2
    assert clock_of(alice) == before + (name != "patch that changes nothing")


def test_a_failed_write_returns_503_with_retry_after(as_user, alice):
    response = failing_at(2, as_user(alice), "post", "/notes", BREAD, {})

    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "1"


def test_a_write_whose_notification_fails_is_done(as_user, alice):
    """On PostgreSQL other processes are notified after the commit; SQLite is polled."""
    client = as_user(alice)
    _, _, response = failing_everywhere(client, ("post", "/notes", BREAD, {}))

    assert response.status_code == 201
    assert client.get(response.headers["Location"]).json() == response.json()
