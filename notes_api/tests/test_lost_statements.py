"""Prepared statements that are outdated or lost: after a migration, a rollback, or with the connection."""

from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, NotSupportedError, OperationalError, connection, transaction

from notes.models.note import read_note
from notes.models.note_queryset import NoteQuerySet
from notes.tests.factories import make_note
from notes_api.db.compiled import run_statement
from notes_api.rest.problems import is_outdated, is_retryable
from notes_api.tests.prepared_statements import TITLES, count_prepared, execute

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares nothing that lasts"),
    pytest.mark.django_db(transaction=True),
]
PREPARED_TITLES = "owner_id = $1 AND version >= $2"


@pytest.fixture
def milk(alice):
    return make_note(owner=alice, title="Milk", content="two litres")


@pytest.mark.usefixtures("retyped_title")
def test_a_changed_column_fails_no_read(as_user, alice, milk):
    assert [as_user(alice).get("/notes").status_code for _ in range(2)] == [200, 200]


@pytest.mark.usefixtures("retyped_title")
def test_a_changed_column_fails_one_transaction(alice):
    with pytest.raises(NotSupportedError) as raised, transaction.atomic():
        read_note(NoteQuerySet.active, owner=alice.pk, pk=UUID(int=7))

    assert is_retryable(raised.value)
    assert is_outdated(raised.value)
    with transaction.atomic():
        assert read_note(NoteQuerySet.active, owner=alice.pk, pk=UUID(int=7)) == []


@pytest.fixture
def retyped_title(as_user, alice, milk):
    """A migration changes a column after this connection has prepared its statements."""
    phone = as_user(alice)
    phone.get("/notes")
    phone.patch(f"/notes/{milk.pk}", {"title": "Oat milk"})
    execute("ALTER TABLE notes_note ALTER title TYPE varchar(300)")
    yield
    execute("ALTER TABLE notes_note ALTER title TYPE varchar(255)")


def test_statements_lost_by_the_session_are_prepared_again(alice, milk):
    run_statement(TITLES, [alice.pk, 1])
    execute("DEALLOCATE ALL")

    assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]
    assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]


def test_statements_lost_by_the_session_fail_one_transaction(alice, milk):
    run_statement(TITLES, [alice.pk, 1])
    execute("DEALLOCATE ALL")

    with pytest.raises(DatabaseError) as raised, transaction.atomic():
        run_statement(TITLES, [alice.pk, 1])

    assert is_retryable(raised.value)
    assert is_outdated(raised.value)
    with transaction.atomic():
        assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]


def test_a_rollback_keeps_the_statements(alice, milk):
    run_statement(TITLES, [alice.pk, 1])
    names = [each.name for each in connection.runner.prepared.values()]

    with transaction.atomic():
        run_statement(TITLES, [alice.pk, 1])
        transaction.set_rollback(True)

    assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]
    assert [each.name for each in connection.runner.prepared.values()] == names


def test_a_rollback_after_which_psycopg_drops_all_names_fails_nothing(alice, milk, monkeypatch):
    run_statement(TITLES, [alice.pk, 1])
    # psycopg sends DEALLOCATE ALL after a rollback if it has prepared statements of its own.
    monkeypatch.setattr(connection.connection, "prepare_threshold", 0)
    psycopg.Cursor(connection.connection).execute("SELECT 1")

    with transaction.atomic():
        run_statement(TITLES, [alice.pk, 1])
        transaction.set_rollback(True)
    psycopg.Cursor(connection.connection).execute("SELECT 1")

    assert count_prepared(PREPARED_TITLES) == 0
    assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]


def test_a_lost_connection_is_an_operational_error_and_the_next_one_prepares_again(alice, milk):
    run_statement(TITLES, [alice.pk, 1])
    terminate_session()

    with pytest.raises(OperationalError):
        run_statement(TITLES, [alice.pk, 1])

    assert connection.errors_occurred
    connection.close_if_unusable_or_obsolete()
    assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]


def terminate_session():
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()


@pytest.mark.usefixtures("pooled", "retyped_title")
def test_a_changed_column_fails_nothing_behind_a_pooler(as_user, alice, milk):
    phone = as_user(alice)

    assert phone.get("/notes").status_code == 200
    assert phone.patch(f"/notes/{milk.pk}", {"title": "Tea"}).status_code == 200
