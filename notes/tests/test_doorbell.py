import asyncio

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from notes.doorbell import CHECK_SECONDS, GLANCE_SECONDS, Bell, Doorbell
from notes.tests.making import make_note


def a_bell(user, session, version=0):
    async def make():
        return Bell(user.pk, session.pk, "slot", version)

    return asyncio.run(make())


def test_it_looks_as_often_as_is_promised():
    # Within a second of a change, within five of a log-out.
    assert GLANCE_SECONDS <= 0.5
    assert CHECK_SECONDS <= 5


def test_looking_at_the_clocks_writes_nothing(as_user, alice):
    # On SQLite every process sees that another has written: two that wrote whenever they looked would never rest.
    doorbell = Doorbell()
    doorbell.bells[alice.pk] = {a_bell(alice, as_user(alice).session_row)}

    with CaptureQueriesContext(connection) as statements:
        doorbell.check()

    assert {statement["sql"].split()[0] for statement in statements} <= {"SELECT", "LISTEN"}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is polled")
@pytest.mark.django_db(transaction=True)
def test_an_announcement_is_a_statement_of_its_own_after_the_commit(alice):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append((sql.split("(")[0], context["connection"].in_atomic_block))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        make_note(owner=alice)

    *inside, (last, is_inside) = statements
    assert all(is_in_transaction for _, is_in_transaction in inside)
    assert (last, is_inside) == ("SELECT pg_notify", False)


def test_slots_are_given_back_even_if_the_database_is_away_meanwhile():
    doorbell = Doorbell()
    doorbell.left = [f"stream:{uuid7()}:0"]

    def refuse(execute, sql, params, many, context):
        raise ConnectionError

    with pytest.raises(ConnectionError), transaction.atomic(), connection.execute_wrapper(refuse):
        doorbell.give_slots_back()
    assert len(doorbell.left) == 1

    doorbell.give_slots_back()
    assert doorbell.left == []
