"""Statements that PostgreSQL prepares once per connection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import (
    DataError,
    IntegrityError,
    connection,
    transaction,
)
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from notes.models import Note
from notes.tests.factories import make_note
from notes_api.db import prepared
from notes_api.db.compiled import run_statement
from notes_api.tests.prepared_statements import TITLES, count_prepared, execute

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares nothing that lasts")
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def milk(alice):
    return make_note(owner=alice, title="Milk", content="two litres")


STATEMENTS = [
    ("SELECT %s::text", "Brot \U0001f35e %s"),
    ("SELECT %s::text", None),
    ("SELECT %s", 2**53),
    ("SELECT %s", -1),
    ("SELECT %s", True),
    ("SELECT %s", UUID(int=7)),
    ("SELECT %s", datetime(2026, 1, 5, 9, 0, 0, 250_000, tzinfo=UTC)),
    ("SELECT %s::text[]", ["one", "two"]),
    ("SELECT to_jsonb(%s::text)", "Milk"),
    ("SELECT %s::inet", "192.0.2.7"),
]


def test_a_statement_returns_what_a_cursor_returns(subtests):
    for sql, value in STATEMENTS:
        with subtests.test(sql=sql, value=value):
            assert run_statement(sql, [value]) == [(value,)]
            assert run_statement(sql, [value]) == [(value,)]


def test_a_percent_sign_is_doubled_as_for_a_cursor():
    assert run_statement("SELECT '100 %%' || %s", ["!"]) == [("100 %!",)]
    assert run_statement("SELECT '100 %%'", []) == [("100 %",)]


def test_a_statement_without_rows_returns_none(alice, milk):
    assert run_statement(TITLES, [alice.pk, 2**40]) == []
    assert run_statement("UPDATE notes_note SET title = %s WHERE id = %s", ["Tea", milk.pk]) == []
    milk.refresh_from_db()
    assert milk.title == "Tea"


def test_a_statement_is_prepared_once_for_each_size_of_number(alice, milk):
    sql = f"{TITLES} AND 1 = 1"

    for version in (0, 1, 2, 2**20, 2**21, 2**40, 2**41):
        run_statement(sql, [alice.pk, version])

    assert count_prepared("version >= $2 AND 1 = 1") == 3


@committed
def test_no_more_statements_are_prepared_than_fit(monkeypatch):
    connection.close()
    monkeypatch.setattr(prepared, "MAX_PREPARED", 2)

    for number in range(5):
        run_statement(f"SELECT {number} AS evicted", [])
    run_statement("SELECT 3 AS evicted", [])

    assert execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%%AS evicted' ORDER BY 1") == [
        ("SELECT 3 AS evicted",),
        ("SELECT 4 AS evicted",),
    ]


def test_no_connection_remembers_what_was_written_or_read(as_user, alice):
    phone, headers = as_user(alice), {"Idempotency-Key": "one"}

    phone.post("/notes", {"title": "Milk", "content": "secret " * 1000}, headers=headers)
    phone.get("/notes")

    statements = connection.runner.prepared
    assert statements
    assert "secret" not in repr(list(statements))
    assert not connection.connection._prepared._names
    assert {each.transformer.pgresult for each in statements.values()} == {None}


def test_django_counts_and_logs_every_statement(alice, milk):
    with CaptureQueriesContext(connection) as queries:
        run_statement(TITLES, [alice.pk, 1])

    assert [query["sql"] for query in queries] == [
        f"SELECT title FROM notes_note WHERE owner_id = '{alice.pk.hex}'::uuid AND version >= 1"
    ]


def test_djangos_hooks_wrap_every_statement(alice, milk):
    seen = []

    def hook(execute, sql, params, many, context):
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hook):
        assert run_statement(TITLES, [alice.pk, 1]) == [("Milk",)]

    assert seen == [(TITLES, [alice.pk, 1])]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 1 / %s", DataError),
        ("INSERT INTO accounts_clock (user_id, value, sync_floor) VALUES (gen_random_uuid(), %s, 9)", IntegrityError),
    ],
)
def test_errors_are_those_of_django(sql, error):
    with pytest.raises(error) as raised, transaction.atomic():
        run_statement(sql, [0])

    assert raised.value.__cause__.diag.sqlstate == raised.value.__cause__.sqlstate
    assert run_statement("SELECT %s", [1]) == [(1,)]


def test_nothing_runs_in_a_transaction_that_has_to_be_rolled_back():
    with transaction.atomic():
        transaction.set_rollback(True)

        with pytest.raises(TransactionManagementError):
            run_statement("SELECT 1", [])


def test_another_thread_may_not_use_the_connection():
    mine = connection.runner and connection._connections[connection.alias]

    with ThreadPoolExecutor(1) as pool, pytest.raises(Exception, match="thread"):
        pool.submit(mine.run_prepared, "SELECT 1", []).result()


@committed
def test_a_statement_begins_the_transaction_that_django_opened(milk):
    with transaction.atomic():
        run_statement("UPDATE notes_note SET title = %s", ["Tea"])
        transaction.set_rollback(True)

    assert Note.objects.get().title == "Milk"


@committed
def test_a_statement_outside_a_transaction_commits_at_once(alice, milk):
    run_statement("UPDATE notes_note SET title = %s", ["Tea"])

    assert not connection.connection.info.transaction_status
    connection.close()
    assert Note.objects.get().title == "Tea"


@pytest.mark.usefixtures("pooled")
def test_no_statement_has_a_name_behind_a_pooler(alice, milk):
    sql = f"{TITLES} AND 2 = 2"

    for version in (1, 2**20, 1):
        assert run_statement(sql, [alice.pk, version]) == ([("Milk",)] if version == 1 else [])

    assert count_prepared("2 = 2") == 0


def test_the_setting_for_poolers_decides_whether_statements_are_prepared():
    pooled = connection.copy()
    pooled.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    pooled.ensure_connection()
    try:
        assert pooled.runner.is_pooled
        assert not connection.runner.is_pooled
    finally:
        pooled.close()
