"""The time of the last use is written after the response, many at once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, Session
from accounts.models.last_use import last_uses, write_uses
from notes_api.background_tasks import drain_all

HOUR = timedelta(hours=1)


@pytest.fixture
def collected(monkeypatch):
    """What requests have passed on to be written later."""
    uses = {}
    monkeypatch.setattr(last_uses, "add", uses.__setitem__)
    return uses


def test_a_request_writes_nothing(by_token, alice, collected):
    script = by_token(alice, "notes:read")

    with CaptureQueriesContext(connection) as queries:
        assert script.get("/notes").status_code == 200

    assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert list(collected) == [(ApiToken, script.token_row.pk)]


def test_a_rejected_credential_is_not_used(by_token, alice, collected):
    script = by_token(alice, "notes:read")
    script.token_row.revoke()

    assert script.get("/notes").status_code == 401

    assert not collected


def test_all_uses_are_written_with_one_statement_per_kind(by_token, as_user, alice, bob, collected):
    tokens = [by_token(user, "notes:read").token_row for user in (alice, bob)]
    session, other = as_user(alice).session_row, as_user(bob).session_row
    now = timezone.now() + HOUR

    with CaptureQueriesContext(connection) as queries:
        write_uses({(type(each), each.pk): now for each in (*tokens, session)})

    assert len([query for query in queries if query["sql"].startswith("UPDATE")]) == 2
    assert set(ApiToken.objects.values_list("last_used_at", flat=True)) == {now}
    assert Session.objects.get(pk=session.pk).last_used_at == now
    assert Session.objects.get(pk=other.pk).last_used_at == other.last_used_at


def test_a_failing_database_loses_the_times_and_raises_nothing(as_user, alice, monkeypatch):
    session = as_user(alice).session_row

    def fail(*args, **values):
        raise DatabaseError("disk full")

    monkeypatch.setattr(QuerySet, "update", fail)

    write_uses({(Session, session.pk): timezone.now()})


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("task_thread")
def test_what_waits_is_written_when_the_process_exits(by_token, alice):
    script = by_token(alice, "notes:read")
    assert script.get("/notes").status_code == 200

    drain_all()

    script.token_row.refresh_from_db()
    assert timezone.now() - script.token_row.last_used_at < HOUR


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("task_thread")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows")
def test_a_read_does_not_wait_for_the_writer_of_sqlite(by_token, alice, another_connection):
    script = by_token(alice, "notes:read")
    with another_connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        # The request would give up at once if it had to write.
        with connection.cursor() as own:
            own.execute("PRAGMA busy_timeout = 0")

        assert script.get("/notes").status_code == 200
        cursor.execute("ROLLBACK")

    drain_all()
    script.token_row.refresh_from_db()
    assert script.token_row.last_used_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
def test_a_row_that_somebody_writes_is_left_out(by_token, alice, another_connection):
    busy, free = (by_token(alice, "notes:read").token_row for _ in range(2))
    with another_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE accounts_apitoken SET name = 'Busy' WHERE id = %s", [busy.pk])

        write_uses({(ApiToken, each.pk): timezone.now() for each in (busy, free)})
        cursor.execute("ROLLBACK")

    busy.refresh_from_db()
    free.refresh_from_db()
    assert (busy.last_used_at is None, free.last_used_at is None) == (True, False)


@pytest.fixture
def another_connection():
    other = connection.copy()
    yield other
    other.close()
