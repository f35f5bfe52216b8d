"""A write ticks the owner's clock first, which puts the writes of one account in order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clock
from notes.models import single_statement
from notes.tests.factories import make_note

OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"


def transaction_of(act):
    """Return the statements of the first transaction of `act`; inside a test it is a savepoint."""
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code < 300
    statements = [query["sql"] for query in captured]
    begins = [position for position, statement in enumerate(statements) if statement.startswith("SAVEPOINT")]
    return statements[begins[0] + 1 :]


@pytest.fixture
def _in_a_transaction(monkeypatch):
    """Every write needs a transaction."""
    monkeypatch.setattr(single_statement, "is_possible", lambda as_of: False)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk")


@pytest.mark.usefixtures("_in_a_transaction")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_ticks_before_it_reads_the_note(as_user, alice, note, method):
    client = as_user(alice)

    statements = transaction_of(
        lambda: client.generic(method, f"/notes/{note.pk}", '{"title": "Bread"}', content_type="application/json")
    )

    assert statements[0].startswith("UPDATE accounts_clock")
    assert statements[1].startswith("SELECT")
    assert 'FROM "notes_note"' in statements[1]


@pytest.mark.usefixtures("_in_a_transaction")
def test_a_new_note_ticks_before_it_is_written(as_user, alice):
    client = as_user(alice)

    statements = transaction_of(lambda: client.post("/notes", {"title": "Milk"}))

    assert statements[0].startswith("UPDATE accounts_clock")


def test_a_note_with_an_own_id_ticks_before_it_is_written(as_user, alice):
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


def test_a_write_that_waited_while_its_account_was_erased_returns_401(as_user, alice):
    client = as_user(alice)

    with connection.execute_wrapper(erase_before_the_tick(alice)):
        response = client.post("/notes", {"title": "Milk"})

    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"


def erase_before_the_tick(user):
    """Erase the account as another process would while this one waits for the clock."""

    def wrapper(execute, sql, params, many, context):
        if sql.startswith(("UPDATE accounts_clock", "WITH ticked")):
            Clock.objects.filter(pk=user.pk).delete()
        return execute(sql, params, many, context)

    return wrapper
