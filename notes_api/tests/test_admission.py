"""The fair queue: clients take turns, each has a share, and work that would wait for too long is refused."""

import pytest

from notes_api.server import admission, fair_queue
from notes_api.server.admission import Limit, Network, Overloaded
from notes_api.server.fair_queue import FairQueue
from notes_api.tests.fair_work import Work


@pytest.fixture
def log():
    return []


@pytest.fixture
def now(monkeypatch):
    """The clock of the queue: set `now[0]`."""
    clock = [1000.0]
    monkeypatch.setattr(admission.time, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def enter(log):
    def enter(queue, client, kind, name=None):
        work = Work(name or client, log, admission.time.monotonic() + 5)
        queue.enter(work, client, kind)
        return work

    return enter


def test_clients_take_turns_however_much_each_sends(enter, log):
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    running = [enter(queue, client, kind) for client in ["mallory"] * 4 + ["alice"] * 2 + ["bob"]]

    for _ in range(6):
        queue.release(next(work for work in running if work.has_started and not running.remove(work)))

    assert log == ["mallory", "mallory", "alice", "bob", "mallory", "alice", "mallory"]
    assert len(queue.clients) == 1


def test_one_client_leaves_room_for_another(enter, log):
    queue = FairQueue(4, per_client=2)
    kind = queue.add_kind(4, 0.001)

    for client in ["mallory"] * 4 + ["alice"]:
        enter(queue, client, kind)

    assert log == ["mallory", "mallory", "alice"]


def test_a_kind_of_work_has_its_own_share_and_does_not_hold_up_others(enter, log):
    queue = FairQueue(4, per_client=3)
    searches, reads = queue.add_kind(1, 0.001), queue.add_kind(3, 0.001)

    for number in range(3):
        enter(queue, "alice", searches, f"search {number}")
    enter(queue, "alice", reads, "read")

    assert log == ["search 0", "read"]


def test_a_limit_holds_for_all_clients_together(enter, log):
    queue = FairQueue(4, per_client=2)
    slow = Limit(2)
    writes, searches, reads = queue.add_kind(2, 0.001, slow), queue.add_kind(1, 0.001, slow), queue.add_kind(2, 0.001)

    first = enter(queue, "alice", writes, "write")
    enter(queue, "bob", searches, "search")
    enter(queue, "carol", writes, "third")
    enter(queue, "dave", reads, "read")
    queue.release(first)

    assert log == ["write", "search", "read", "third"]


def test_work_that_would_wait_for_more_than_a_second_is_refused(enter, now):
    queue = FairQueue(2, per_client=1)
    kind = queue.add_kind(1, 0.001)
    running = enter(queue, "mallory", kind)
    waiting = [enter(queue, "mallory", kind) for _ in range(8)]
    for _ in range(4):
        now[0] += 0.5
        queue.release(running)
        running = waiting.pop(0)

    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)
    # A client that has nothing waiting is not refused because of another one.
    enter(queue, "alice", kind)


def test_a_line_that_stands_still_is_refused_further_work(enter, now):
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    enter(queue, "mallory", kind)
    enter(queue, "mallory", kind)
    now[0] += 1.1

    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)
    enter(queue, "alice", kind)


def test_a_full_queue_refuses_the_client_that_waits_for_most(enter, log, monkeypatch):
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 4)
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    for number in range(5):
        enter(queue, "mallory", kind, f"mallory {number}")

    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)
    enter(queue, "alice", kind)
    enter(queue, "bob", kind)

    assert log == ["mallory 0", "mallory 4 refused", "mallory 3 refused"]
    assert queue.waiting == 4


def test_if_everyone_waits_for_one_thing_a_full_queue_refuses_the_newcomer(enter, monkeypatch):
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 2)
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    for client in ("alice", "bob", "carol"):
        enter(queue, client, kind)

    with pytest.raises(Overloaded):
        enter(queue, "dave", kind)
    assert "dave" not in queue.clients


def test_accounts_and_networks_take_turns_however_many_networks_there_are(enter, log):
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    running = [enter(queue, Network(f"network {number}"), kind) for number in range(4)]
    running += [enter(queue, client, kind) for client in ("alice", "bob")]

    for _ in range(5):
        queue.release(next(work for work in running if work.has_started and not running.remove(work)))

    assert log == ["network 0", "alice", "network 1", "bob", "network 2", "network 3"]


def test_in_a_full_queue_a_network_gives_up_its_place_for_an_account_that_waits_for_nothing_else(
    enter, log, monkeypatch
):
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 2)
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    for number in range(3):
        enter(queue, Network(f"network {number}"), kind)

    enter(queue, "alice", kind)
    with pytest.raises(Overloaded):
        enter(queue, "alice", kind)
    with pytest.raises(Overloaded):
        enter(queue, Network("network 3"), kind)

    assert log == ["network 0", "network 1 refused"]


def test_a_client_without_work_is_forgotten(enter):
    queue = FairQueue(1, per_client=1)
    kind = queue.add_kind(1, 0.001)
    first, second = enter(queue, "alice", kind), enter(queue, "bob", kind)

    assert queue.leave(second)
    queue.release(first)

    assert (queue.clients, queue.accounts, queue.networks, queue.waiting, queue.free, kind.waiting) == (
        {},
        {},
        {},
        0,
        1,
        0,
    )
    assert not queue.leave(second)
