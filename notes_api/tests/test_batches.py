"""Values that are collected and written later, many at once."""

import threading

import pytest

from notes_api import background_tasks
from notes_api.background_tasks import Batch, drain_all


@pytest.fixture
def written(monkeypatch):
    """What the batch of `make_batch` has written."""
    monkeypatch.setattr(background_tasks, "_drains", [])
    return []


@pytest.fixture
def make_batch(written):
    """`make_batch(capacity=2)` returns a batch that writes to `written`; the test ends its thread."""
    made = []

    def make(**options):
        made.append(Batch("test", written.append, **options))
        return made[-1]

    yield make
    for batch in made:
        batch.drain()


def test_values_of_a_few_seconds_are_written_together(make_batch, written):
    batch = make_batch()

    batch.add("one", 1)
    batch.add("two", 2)
    batch.add("one", 3)
    assert written == []
    batch.drain()

    assert written == [{"one": 3, "two": 2}]


def test_a_value_is_written_soon_without_any_other(make_batch, written):
    done = threading.Event()
    batch = make_batch(seconds=0.0)
    batch.write = lambda values: (written.append(values), done.set())

    batch.add("one", 1)

    assert done.wait(10)
    assert written == [{"one": 1}]


def test_a_batch_goes_on_after_a_drain(make_batch, written):
    batch = make_batch()
    batch.add("one", 1)
    batch.drain()

    batch.add("two", 2)
    batch.drain()

    assert written == [{"one": 1}, {"two": 2}]
    assert not batch.is_running


def test_a_write_that_fails_is_logged_and_the_next_one_runs(make_batch, caplog):
    batch = make_batch()
    batch.write = lambda values: 1 // 0

    batch.add("one", 1)
    batch.drain()
    batch.add("two", 2)
    batch.drain()

    assert caplog.text.count("ZeroDivisionError") == 2


def test_a_full_batch_drops_new_keys_but_not_new_values(make_batch, written):
    batch = make_batch(capacity=1)

    batch.add("one", 1)
    batch.add("two", 2)
    batch.add("one", 3)
    batch.drain()

    assert written == [{"one": 3}]


def test_the_thread_ends_when_nothing_is_added(make_batch, monkeypatch):
    monkeypatch.setattr(background_tasks, "IDLE_SECONDS", 0.0)
    batch = make_batch(seconds=0.0)

    batch.add("one", 1)
    batch.thread.join(10)

    assert not batch.is_running


def test_a_process_that_exits_drains_every_batch(make_batch, written):
    for number in range(2):
        make_batch().add("number", number)

    drain_all()

    assert sorted(values["number"] for values in written) == [0, 1]


def test_draining_waits_until_the_thread_has_closed_its_database_connections(make_batch, closing):
    batch = make_batch()

    batch.is_draining = True  # so that it does not wait for more values
    batch.add("one", 1)
    assert closing.has_begun.wait(10)
    batch.drain()

    assert closing.is_done.is_set()


def test_a_write_that_hangs_does_not_keep_the_process_from_exiting(make_batch):
    gate = threading.Event()
    batch = make_batch()
    batch.write = lambda values: gate.wait(10)
    batch.add("one", 1)

    batch.drain(timeout=0.0)

    assert batch.thread.daemon
    gate.set()
