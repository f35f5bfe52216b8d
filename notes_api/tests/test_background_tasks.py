"""Work that a response does not wait for."""

import threading

import pytest

from notes_api.background_tasks import TaskQueue


@pytest.fixture
def gate():
    """A task that calls `gate.wait` continues when the gate is set."""
    gate = threading.Event()
    yield gate
    gate.set()


def held_up(queue, gate):
    """Keep the thread of the queue busy until the gate is set."""
    begun = threading.Event()
    queue.add(lambda: (begun.set(), gate.wait(10)))
    assert begun.wait(10)


def test_tasks_run_in_order_in_another_thread():
    queue, done = TaskQueue(), []

    for number in range(100):
        queue.add(lambda number=number: done.append((number, threading.current_thread().name)))
    queue.drain()

    assert done == [(number, "background-tasks") for number in range(100)]


def test_adding_a_task_does_not_wait_for_it(gate):
    queue, done = TaskQueue(), []
    held_up(queue, gate)

    queue.add(lambda: done.append(1))

    assert done == []


def test_a_task_that_fails_is_logged_and_the_next_one_runs(caplog):
    queue, done = TaskQueue(), []

    queue.add(lambda: 1 // 0)
    queue.add(lambda: done.append(1))
    queue.drain()

    assert done == [1]
    assert "ZeroDivisionError" in caplog.text


def test_the_thread_ends_after_the_last_task_and_a_new_one_starts():
    queue, names = TaskQueue(), []
    queue.add(lambda: names.append(threading.current_thread().ident))
    queue.drain()

    queue.add(lambda: names.append(threading.current_thread().ident))
    queue.drain()

    assert len(names) == 2
    assert not queue.is_running


def test_tasks_beyond_the_capacity_are_dropped_and_logged(caplog, gate):
    queue, done = TaskQueue(capacity=2), []
    held_up(queue, gate)

    for number in range(3):
        queue.add(lambda number=number: done.append(number))
    gate.set()
    queue.drain()

    assert done == [0, 1]
    assert "A background task was dropped because 2 are waiting" in caplog.text


def test_a_process_that_ends_does_not_wait_for_ever(caplog, gate):
    queue = TaskQueue()
    held_up(queue, gate)
    queue.add(lambda: None)

    queue.drain(0.05)

    assert "The process exits before 2 background tasks are done" in caplog.text


def test_draining_waits_until_the_thread_has_closed_its_database_connections(closing):
    queue = TaskQueue()

    queue.add(lambda: None)
    assert closing.has_begun.wait(10)
    queue.drain()

    assert closing.is_done.is_set()
