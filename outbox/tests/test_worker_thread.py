"""The thread of the worker: when it looks for entries, and how it ends."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from notes_api.tests.edge.server import eventually
from outbox import worker as worker_module
from outbox.models import Entry
from outbox.models.entry import State
from outbox.tests.entries import make_entry
from outbox.timing import CLAIM
from outbox.worker import Worker, enqueue

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def thread(monkeypatch):
    """A worker with a thread, as in the server."""
    worker = Worker()
    monkeypatch.setattr(worker_module, "worker", worker)
    worker.start()
    yield worker
    worker.drain()
    assert worker.thread is None


def test_the_thread_is_woken_by_a_commit(thread, handle):
    called = threading.Event()
    handle(lambda payload: called.set())

    enqueue("test", {})

    assert called.wait(10)
    eventually(lambda: not Entry.objects.exists())


def test_the_thread_takes_over_an_entry_of_a_process_that_was_killed(handle, monkeypatch):
    called = threading.Event()
    handle(lambda payload: called.set())
    make_entry(claimed_at=timezone.now() - CLAIM, due_at=timezone.now() + timedelta(seconds=0.3), attempts=1)
    worker = Worker()

    worker.start()

    assert called.wait(10)
    worker.drain()


def test_a_process_that_ends_carries_out_what_is_due(thread, handle):
    done = []
    handle(done.append)
    for number in range(5):
        make_entry(payload={"number": number})

    thread.drain()

    assert len(done) == 5


def test_a_worker_that_has_ended_can_start_again(thread, handle):
    done = []
    handle(done.append)
    thread.drain()
    make_entry()

    thread.start()

    assert eventually(lambda: len(done) == 1)
    thread.thread.join(0.5)
    assert thread.thread.is_alive()
    assert thread.deadline == float("inf")


def test_a_process_that_ends_does_not_wait_for_an_attempt_that_hangs(thread, handle, caplog):
    begun, gate = threading.Event(), threading.Event()
    handle(lambda payload: (begun.set(), gate.wait(10)))
    enqueue("test", {})
    assert begun.wait(10)

    thread.drain(0.1)

    assert "The process exits during an attempt." in caplog.text
    assert Entry.objects.get().state == State.RUNNING
    gate.set()
