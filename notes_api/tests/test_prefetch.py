"""A note is read in the same round trip as the credentials, and its rows are used for nothing else."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import DataError, connection, transaction

from accounts.models import Session
from notes.models import Note
from notes.tests.factories import make_note
from notes_api.db import loop_connection
from notes_api.db.compiled import run_statement
from notes_api.db.prepared import Prefetch
from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord, current_record
from notes_api.tests.loop_requests import run, token_of

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no round trips"),
    pytest.mark.django_db(transaction=True),
]

TITLE = "SELECT title FROM notes_note WHERE id = %s"


@pytest.fixture
def round_trips(monkeypatch):
    """Count the round trips of connections that are opened from here on, on the event loop."""
    counted, wait = [], loop_connection.wait_on_loop

    def count_and_wait(statement):
        counted.append(statement)
        return wait(statement)

    monkeypatch.setattr(loop_connection, "wait_on_loop", count_and_wait)
    return counted


@pytest.fixture
def milk(alice):
    return make_note(owner=alice, title="Milk")


@contextmanager
def expecting(sql, *values):
    """Be a request that is expected to run this statement."""
    token = current_record.set(RequestRecord(prefetch=Prefetch(sql, list(values))))
    try:
        yield
    finally:
        current_record.reset(token)


def get(*addresses, token, **record):
    async def main(application):
        return [await application.get(each, token, {RECORD_KEY: RequestRecord(**record)}) for each in addresses]

    return run(main)


def test_a_note_is_read_in_one_round_trip(alice, milk, round_trips):
    token = token_of(alice)

    async def main(application):
        # Each connection prepares its statements first.
        for _ in range(8):
            await application.get(f"/notes/{milk.pk}", token)
        round_trips.clear()
        answer = await application.get(f"/notes/{milk.pk}", token)
        return answer, len(round_trips), application.in_threads

    answer, count, in_threads = run(main)

    assert (answer.status, answer.body["title"], count) == (200, "Milk", 1)
    assert in_threads == []


def test_only_the_account_of_the_credentials_reads_its_notes(alice, bob, milk):
    tea = make_note(owner=bob, title="Tea")

    # The server expects another account than that of the token.
    foreign, own = get(f"/notes/{tea.pk}", f"/notes/{milk.pk}", token=token_of(alice), account_id=bob.pk)

    assert (foreign.status, own.status) == (404, 200)
    assert own.body["title"] == "Milk"


def test_a_revoked_session_reads_nothing(alice, milk):
    token = token_of(alice)
    Session.objects.update(revoked_at=datetime.now(UTC))

    [answer] = get(f"/notes/{milk.pk}", token=token)

    assert answer.status == 401


@pytest.mark.parametrize(
    ("address", "is_read"), [("/notes/{}", True), ("/notes/{}?fields=title", False), ("/notes", False)]
)
def test_only_a_whole_note_is_read_with_the_credentials(alice, milk, address, is_read):
    token, record = token_of(alice), RequestRecord()
    Session.objects.update(revoked_at=datetime.now(UTC))

    async def main(application):
        return await application.get(address.format(milk.pk), token, {RECORD_KEY: record})

    assert run(main).status == 401
    assert (record.prefetch is not None) == is_read


def test_expected_rows_are_read_with_the_statement_before(milk):
    with expecting(TITLE, milk.pk):
        run_statement("SELECT 1", [])
        Note.objects.update(title="Tea")

        assert run_statement(TITLE, [milk.pk]) == [("Milk",)]
        assert run_statement(TITLE, [milk.pk]) == [("Tea",)]


def test_rows_of_other_values_are_not_used(alice, milk):
    tea = make_note(owner=alice, title="Tea")

    with expecting(TITLE, tea.pk):
        run_statement("SELECT 1", [])

        assert run_statement(TITLE, [milk.pk]) == [("Milk",)]


def test_rows_from_before_another_statement_are_not_used(milk):
    with expecting(TITLE, milk.pk):
        run_statement("SELECT 1", [])
        run_statement("UPDATE notes_note SET title = 'Tea' WHERE id = %s", [milk.pk])

        assert run_statement(TITLE, [milk.pk]) == [("Tea",)]


def test_a_transaction_uses_no_rows_from_before_it(milk):
    with expecting(TITLE, milk.pk):
        run_statement("SELECT 1", [])
        Note.objects.update(title="Tea")
        with transaction.atomic():
            assert run_statement(TITLE, [milk.pk]) == [("Tea",)]


def test_an_expected_statement_that_fails_does_so_when_it_runs(milk):
    with expecting("SELECT 1 / %s", 0):
        assert run_statement("SELECT 1", []) == [(1,)]
        with pytest.raises(DataError):
            run_statement("SELECT 1 / %s", [0])
        assert run_statement("SELECT 2", []) == [(2,)]


def test_after_an_error_nothing_is_expected(milk):
    with expecting(TITLE, milk.pk):
        with pytest.raises(DataError):
            run_statement("SELECT 1 / %s", [0])
        assert run_statement(TITLE, [milk.pk]) == [("Milk",)]


def test_a_lost_statement_is_prepared_again_with_the_expected_one(milk):
    run_statement("SELECT 1", [])
    run_statement(TITLE, [milk.pk])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    with expecting(TITLE, milk.pk):
        assert run_statement("SELECT 1", []) == [(1,)]
        assert run_statement(TITLE, [milk.pk]) == [("Milk",)]
