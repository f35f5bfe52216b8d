"""How the change listener watches the clocks of accounts, and how other processes are notified."""

import asyncio
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from accounts.models.announcements import CHANNEL
from notes.change_listener import CHECK_SECONDS, POLL_SECONDS, ChangeListener, Subscription
from notes.models.visibility import Visibility
from notes.tests.factories import make_note
from notes_api.background_tasks import drain_all


def make_subscription(user, session, version=0):
    async def make():
        return Subscription(Visibility.of(session), session.pk, uuid7(), version)

    return asyncio.run(make())


def test_the_listener_polls_as_often_as_promised():
    # Events arrive within a second of a change, and streams end within five of a log-out.
    assert POLL_SECONDS <= 0.5
    assert CHECK_SECONDS <= 5


def test_checking_the_clocks_writes_nothing(as_user, alice):
    # On SQLite a process sees every write of others: two that wrote on each check would wake each other forever.
    change_listener = ChangeListener()
    change_listener.subscriptions[alice.pk] = {make_subscription(alice, as_user(alice).session_row)}

    with CaptureQueriesContext(connection) as statements:
        change_listener.check_clocks()

    assert {statement["sql"].split()[0] for statement in statements} <= {"SELECT", "LISTEN"}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is polled")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("task_thread")
def test_the_changes_of_a_moment_are_announced_together_on_another_connection(alice):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with closing(connection.copy()) as listener, listener.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
        with connection.execute_wrapper(note):
            notes = [make_note(owner=alice), make_note(owner=alice)]
        drain_all()
        announced = [each.payload for each in listener.connection.notifies(timeout=5, stop_after=2)]

    assert announced == [f"{alice.pk} {each.version}" for each in notes]
    assert not [sql for sql in statements if "pg_notify" in sql]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is polled")
@pytest.mark.django_db(transaction=True)
def test_the_notification_is_a_separate_statement_after_the_commit(alice):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append((sql.split("(")[0], context["connection"].in_atomic_block))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        make_note(owner=alice)

    *inside, (last, is_inside) = statements
    assert all(is_in_transaction for _, is_in_transaction in inside)
    assert (last, is_inside) == ("SELECT pg_notify", False)


def test_slots_are_released_after_the_database_was_unavailable():
    change_listener = ChangeListener()
    change_listener.slots_to_release = [uuid7()]

    def fail(execute, sql, params, many, context):
        raise ConnectionError

    with pytest.raises(ConnectionError), transaction.atomic(), connection.execute_wrapper(fail):
        change_listener.release_slots()
    assert len(change_listener.slots_to_release) == 1

    change_listener.release_slots()
    assert change_listener.slots_to_release == []
