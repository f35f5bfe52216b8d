"""What no answer waits for."""

import threading

import pytest

from notes_api.errands import Errands, errands


@pytest.fixture(autouse=True)
def _with_a_thread(settings):
    settings.ERRANDS_HAVE_A_THREAD = True


@pytest.fixture
def gate():
    """An errand that waits at `gate.wait` goes on once the gate is set."""
    gate = threading.Event()
    yield gate
    gate.set()


def held_up(errands, gate):
    """Errands whose thread is busy until the gate opens."""
    begun = threading.Event()
    errands.add(lambda: (begun.set(), gate.wait(10)))
    assert begun.wait(10)


def test_errands_are_done_in_order_by_another_thread():
    busy, done = Errands(), []

    for number in range(100):
        busy.add(lambda number=number: done.append((number, threading.current_thread().name)))
    busy.drain()

    assert done == [(number, "errands") for number in range(100)]


def test_nobody_waits_for_an_errand(gate):
    busy, done = Errands(), []
    held_up(busy, gate)

    busy.add(lambda: done.append(1))

    assert done == []


def test_an_errand_that_fails_is_logged_and_the_next_is_done(caplog):
    busy, done = Errands(), []

    busy.add(lambda: 1 // 0)
    busy.add(lambda: done.append(1))
    busy.drain()

    assert done == [1]
    assert "ZeroDivisionError" in caplog.text


def test_the_thread_ends_with_its_last_errand_and_another_begins():
    busy, names = Errands(), []
    busy.add(lambda: names.append(threading.current_thread().ident))
    busy.drain()

    busy.add(lambda: names.append(threading.current_thread().ident))
    busy.drain()

    assert len(names) == 2
    assert busy.thread is None


def test_too_many_errands_are_dropped_and_that_is_logged(caplog, gate):
    busy, done = Errands(capacity=2), []
    held_up(busy, gate)

    for number in range(3):
        busy.add(lambda number=number: done.append(number))
    gate.set()
    busy.drain()

    assert done == [0, 1]
    assert "2 errands are waiting already" in caplog.text


def test_a_process_that_ends_does_not_wait_for_ever(caplog, gate):
    busy = Errands()
    held_up(busy, gate)
    busy.add(lambda: None)

    busy.drain(0.05)

    assert "Errands that could not be done before the end: 2" in caplog.text


def test_the_thread_leaves_no_database_connection_behind(monkeypatch):
    closed = []
    monkeypatch.setattr("notes_api.errands.connections.close_all", lambda: closed.append(threading.current_thread()))
    busy = Errands()

    busy.add(lambda: None)
    busy.drain()

    assert [thread.name for thread in closed] == ["errands"]


def test_in_the_tests_errands_are_done_at_once(settings):
    settings.ERRANDS_HAVE_A_THREAD = False
    done = []

    errands.add(lambda: done.append(1))

    assert done == [1]
