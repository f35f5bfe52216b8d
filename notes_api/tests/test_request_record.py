"""What is recorded about a request: the time of each stage, and why it was refused."""

import asyncio
import threading

import pytest
from django.db import connection, transaction

from accounts.authentication.bearer import BearerAuthentication
from accounts.authentication.tokens import AccessToken
from accounts.models import Session
from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord, current_record, get_record
from notes_api.tests.loop_requests import run
from notes_api.tests.raw_socket import connection_to

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_record_begins_with_the_first_byte_of_the_head():
    seen = []

    async def app(scope, receive, send):
        seen.append((get_record(scope).arrived_at, asyncio.get_running_loop().time()))

    async def main():
        async with connection_to(app) as (reader, writer):
            writer.write(b"G")
            await asyncio.sleep(0.2)
            writer.write(b"ET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.read(1)

    asyncio.run(main())
    [(arrived_at, called_at)] = seen

    assert 0.15 < called_at - arrived_at < 20


def test_the_stages_of_a_request_in_a_thread_are_timed():
    record, go = RequestRecord(), threading.Event()

    async def main(application):
        busy = [
            asyncio.create_task(application.request_pool.run(go.wait)) for _ in range(application.request_pool.size)
        ]
        late = asyncio.create_task(application.get("/tags", scope={RECORD_KEY: record}))
        await asyncio.sleep(0.2)
        go.set()
        await asyncio.gather(late, *busy)

    run(main)

    assert record.queue_seconds >= 0.15
    assert 0 < record.run_seconds < 20
    assert record.refusal is None


def test_the_waits_for_the_loop_and_then_for_a_thread_count_together():
    record = RequestRecord()
    record.time_run(lambda: None)
    record.queued_at -= 3
    record.time_run(lambda: None)()

    assert 3 <= record.queue_seconds < 20


@pytest.mark.parametrize("address", ["/notes", "/notes?q=milk"])
def test_the_time_of_the_database_is_recorded_on_the_loop_and_in_a_thread(alice, address):
    record = RequestRecord()
    token = str(AccessToken.of(Session.objects.create(user=alice)))

    response = run(lambda application: application.get(address, token, scope={RECORD_KEY: record}))

    assert response.status == 200
    assert 0 < record.slowest_seconds < record.database_seconds < record.run_seconds
    assert record.slowest_sql.startswith(("SELECT", "CONNECT"))


def test_the_log_of_a_request_on_the_event_loop_has_its_id(alice, monkeypatch):
    seen = []
    token = str(AccessToken.of(Session.objects.create(user=alice)))

    def authenticate(self, request, authenticate=BearerAuthentication.authenticate):
        found = authenticate(self, request)
        seen.append((current_record.get().id, threading.current_thread() is threading.main_thread()))
        return found

    monkeypatch.setattr(BearerAuthentication, "authenticate", authenticate)
    run(lambda application: application.get("/notes", token, **{"x-request-id": "incident-7"}))

    assert seen == [("incident-7", True)]


def test_the_time_of_a_statement_that_django_runs_is_recorded():
    connection.ensure_connection()
    record = RequestRecord()
    record.time_run(lambda: connection.cursor().execute("SELECT %s", [1]))()

    assert record.slowest_sql == "SELECT %s"
    assert record.database_seconds == record.slowest_seconds > 0


def test_the_time_of_a_commit_is_recorded():
    def commit():
        with transaction.atomic():
            pass

    connection.ensure_connection()
    record = RequestRecord()
    record.time_run(commit)()

    assert record.slowest_sql in ("BEGIN", "COMMIT")
    assert record.database_seconds > 0


def test_the_record_tells_when_the_client_disconnects():
    async def main():
        gone = asyncio.Event()

        async def app(scope, receive, send):
            with get_record(scope).watch_client(gone.set):
                await gone.wait()

        async with connection_to(app) as (_, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)
            was_set = gone.is_set()
            writer.transport.abort()
            await asyncio.wait_for(gone.wait(), 20)
            return was_set

    assert asyncio.run(main()) is False
