"""The owner's clock ticks first: that is what puts one account's writes in order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clock
from notes.tests.making import make_note

OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"


def transaction_of(act):
    """The statements of the first transaction that `act` makes; inside a test it is a savepoint."""
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code < 300
    statements = [query["sql"] for query in captured]
    begins = [position for position, statement in enumerate(statements) if statement.startswith("SAVEPOINT")]
    return statements[begins[0] + 1 :]


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_ticks_before_it_looks_at_the_note(as_user, alice, note, method):
    client = as_user(alice)

    statements = transaction_of(
        lambda: client.generic(method, f"/notes/{note.pk}", '{"title": "Bread"}', content_type="application/json")
    )

    assert statements[0].startswith("UPDATE accounts_clock")
    assert statements[1].startswith("SELECT")
    assert 'FROM "notes_note"' in statements[1]


def test_a_new_note_ticks_before_it_is_written(as_user, alice):
    client = as_user(alice)

    statements = transaction_of(lambda: client.post("/notes", {"title": "Milk"}))

    assert statements[0].startswith("UPDATE accounts_clock")


def test_a_note_under_an_own_id_ticks_before_it_is_written(as_user, alice):
    client = as_user(alice)

    statements = transaction_of(
        lambda: client.put(f"/notes/{OWN_ID}", {"title": "Milk"}, headers={"If-None-Match": "*"})
    )

    assert statements[0].startswith("UPDATE accounts_clock")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_takes_its_version_from_the_tick(as_user, alice, note, method):
    client = as_user(alice)
    client.generic(method, f"/notes/{note.pk}", '{"title": "Bread"}', content_type="application/json")

    assert client.post("/notes", {"title": "Milk"}).json()["version"] == 3


def test_a_write_that_waited_while_its_account_was_erased_is_refused(as_user, alice):
    client = as_user(alice)

    with connection.execute_wrapper(erase_before_the_tick(alice)):
        response = client.post("/notes", {"title": "Milk"})

    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"


def erase_before_the_tick(user):
    """What another process would do while this one waits for the clock."""

    def wrapper(execute, sql, params, many, context):
        if sql.startswith("UPDATE accounts_clock"):
            Clock.objects.filter(pk=user.pk).delete()
        return execute(sql, params, many, context)

    return wrapper
