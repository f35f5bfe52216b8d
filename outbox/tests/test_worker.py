"""The worker: what it does with an entry, when it looks for entries, and how it ends."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outbox import worker as worker_module
from outbox.kinds import AttemptFailed, handlers
from outbox.models import Entry
from outbox.models.entry import State
from outbox.tests.entries import make_entry
from outbox.timing import DATABASE_SECONDS, POLL_SECONDS
from outbox.worker import Worker, carry_out_for, enqueue

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def fail(payload):
    raise AttemptFailed("The server is away.")


def test_an_entry_is_carried_out_with_its_payload_and_deleted(done):
    enqueue("test", {"number": 5})

    assert done == [{"number": 5}]
    assert not Entry.objects.exists()


def test_work_outside_the_database_has_no_connection_and_no_transaction(handle):
    seen = []
    handle(lambda payload: seen.append((connection.connection, connection.in_atomic_block)))

    enqueue("test", {})

    assert seen == [(None, False)]
    assert not Entry.objects.exists()


def test_what_a_handler_writes_and_the_end_of_its_entry_are_one_transaction(monkeypatch):
    def write_and_fail(payload):
        make_entry(kind="written")
        fail(payload)

    monkeypatch.setitem(handlers, "test", write_and_fail)

    enqueue("test", {})

    assert Entry.objects.get().kind == "test"


def test_what_a_handler_writes_is_rolled_back_if_the_entry_was_deleted_meanwhile(monkeypatch):
    def lose(payload):
        make_entry(kind="written")
        Entry.objects.filter(kind="test").delete()

    monkeypatch.setitem(handlers, "test", lose)

    enqueue("test", {})

    # The rollback has also undone the deletion, which was somebody else's.
    assert [entry.kind for entry in Entry.objects.all()] == ["test"]


def test_a_failure_is_logged_and_repeated(handle, caplog):
    handle(fail)

    enqueue("test", {})

    entry = Entry.objects.get()
    assert (entry.state, entry.attempts, entry.last_error) == (State.WAITING, 1, "The server is away.")
    assert f"test {entry.pk} failed and is tried again (attempt 1): The server is away." in caplog.text


def test_the_last_failure_is_an_error_in_the_log(handle, caplog, alice):
    handle(fail)
    entry = make_entry(user=alice, attempts=3, expires_at=timezone.now() + MINUTE)

    Worker().work()

    assert Entry.objects.get().state == State.FAILED
    [record] = [record for record in caplog.records if record.name == "notes_api.outbox"]
    assert record.levelname == "ERROR"
    assert record.getMessage() == f"test {entry.pk} failed and is not tried again (attempt 4): The server is away."


def test_an_unexpected_error_is_stored_without_its_message(handle, caplog):
    handle(lambda payload: payload["alice@example.com"])

    enqueue("test", {})

    assert Entry.objects.get().last_error == "KeyError"
    assert "Traceback" in caplog.text


def test_an_entry_that_cannot_be_decrypted_has_failed(done, alice, settings):
    make_entry(user=alice)
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnopqrstuvwxyz"

    Worker().work()

    assert Entry.objects.get().last_error == "It cannot be decrypted: SECRET_KEY has changed."
    assert done == []


def test_an_entry_is_read_with_a_fallback_key(done, settings):
    make_entry(payload={"number": 5})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-0123456789-abcdefghij", [settings.SECRET_KEY]

    Worker().work()

    assert done == [{"number": 5}]


def test_an_entry_that_nobody_carried_out_in_time_has_failed(done, alice):
    make_entry(user=alice, expires_at=timezone.now())

    Worker().work()

    assert done == []
    assert Entry.objects.get().last_error == "There was no attempt in time."


def test_entries_of_an_unknown_kind_are_left_to_a_later_version(done):
    make_entry(kind="webhook")

    Worker().work()

    assert Entry.objects.get().attempts == 0


def test_an_account_with_many_entries_does_not_delay_others(done, alice, bob):
    for number in range(30):
        make_entry(payload={"alice": number}, user=alice)
    make_entry(payload={"bob": 0}, user=bob)

    Worker().work()

    assert done.index({"bob": 0}) == 1
    assert len(done) == 31


def test_an_entry_that_was_done_is_deleted_when_the_database_is_back(handle, monkeypatch):
    finish, calls = Entry.finish, []

    def fail_twice(entry):
        calls.append(entry)
        if len(calls) < 3:
            raise OperationalError
        return finish(entry)

    monkeypatch.setattr(Entry, "finish", fail_twice)
    monkeypatch.setattr(worker_module, "RECORD_SECONDS", 0.0)
    sent = []
    handle(sent.append)

    enqueue("test", {})

    assert sent == [{}]
    assert not Entry.objects.exists()


def test_a_look_at_an_empty_outbox_is_one_select():
    with CaptureQueriesContext(connection) as queries:
        assert Worker().work() == POLL_SECONDS

    [query] = queries
    assert query["sql"].startswith("SELECT")


def test_the_worker_waits_until_the_next_attempt(done, at_nine):
    make_entry(due_at=timezone.now() + timedelta(seconds=7))

    assert Worker().work() == 7
    assert done == []


def test_a_command_carries_out_what_its_account_waits_for(done, alice, bob):
    make_entry(payload={"alice": 0}, user=alice)
    make_entry(payload={"alice": 1}, user=alice)
    others = make_entry(user=bob)

    carry_out_for(alice.pk)

    assert done == [{"alice": 0}, {"alice": 1}]
    assert Entry.objects.get() == others


def test_a_command_does_not_wait_for_a_worker_that_ends(done, alice, monkeypatch):
    make_entry(user=alice)
    monkeypatch.setattr(worker_module.worker, "deadline", 0.0)

    # In a thread: if the command waited, this test would never end.
    command = threading.Thread(target=carry_out_and_close, args=[alice.pk], daemon=True)
    command.start()
    command.join(20)

    assert not command.is_alive()
    assert done == []


def carry_out_and_close(user_id):
    carry_out_for(user_id)
    connections.close_all()


def test_a_database_that_is_away_is_logged_once(monkeypatch, caplog):
    def be_away(kinds):
        raise OperationalError("away")

    worker = Worker()
    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "seconds_until_due", be_away)
        assert [worker.work(), worker.work()] == [DATABASE_SECONDS] * 2
    worker.work()

    assert caplog.text.count("The outbox waits for the database: away") == 1
    assert not worker.is_blind
