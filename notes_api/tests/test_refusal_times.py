"""When refusals are sent: one after the other, and as late as the time of their requests allows.

Meanwhile short work waits for its turn.
"""

import pytest

from notes_api.server import admission, fair_queue
from notes_api.server.admission import Overloaded, Ticket
from notes_api.server.fair_queue import FairQueue
from notes_api.tests.fair_work import Work


@pytest.fixture
def now(monkeypatch):
    """The clock of the queue: set `now[0]`."""
    clock = [1000.0]
    monkeypatch.setattr(admission.time, "monotonic", lambda: clock[0])
    return clock


def enter(queue, client, kind, name="", log=None, *, may_wait=True):
    work = Work(name, [] if log is None else log, admission.time.monotonic() + 5, may_wait)
    queue.enter(work, client, kind)
    return work


def refuse_next(client, seconds):
    """Return the delay of the next refusal, for a request that may take this many seconds."""
    ticket = Ticket(admission.time.monotonic() + seconds)
    client.schedule_refusal(ticket)
    return ticket.overloaded().delay


def test_the_refusals_of_a_burst_come_one_after_the_other(now):
    client = admission.Client("mallory")
    delays = [refuse_next(client, 5) for _ in range(1_000)]

    # 200 refusals, one every 20 ms, take four seconds.
    assert delays[:200] == pytest.approx([0.02 * number for number in range(200)])
    assert 4.0 <= min(delays[202:]) < 4.1
    assert 4.7 < max(delays[202:]) <= 4.8
    assert len({round(delay, 2) for delay in delays[202:]}) > 70

    now[0] += 3.0
    assert refuse_next(client, 5) == pytest.approx(1.02)


def test_refusals_come_as_late_as_the_time_of_their_requests_allows(now):
    client = admission.Client("mallory")
    delays = [refuse_next(client, 25) for _ in range(1_200)]

    assert delays[:1_000] == pytest.approx([0.02 * number for number in range(1_000)])
    assert 20 <= min(delays[1_002:]) < max(delays[1_002:]) <= 24
    assert [refuse_next(client, seconds) for seconds in (0, -1)] == [0, 0]


def test_work_waits_for_its_turn_in_place_of_a_refusal_that_would_come_later(now, monkeypatch):
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 2)
    log, queue = [], FairQueue(1, per_client=1, max_wait=-1)
    kind = queue.add_kind(1, 0.001)
    running = enter(queue, "mallory", kind, "first", log)
    # The first refusal comes at once, the next ones 20, 40 and 60 ms later.
    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)

    waiting = [enter(queue, "mallory", kind, name, log) for name in ("second", "third")]
    with pytest.raises(Overloaded) as full:
        enter(queue, "mallory", kind, "the queue is full", log)
    queue.release(running)

    assert [each.leaves_at - now[0] for each in waiting] == pytest.approx([0.02, 0.04])
    assert full.value.delay == pytest.approx(0.06)
    assert log == ["first", "second"]


@pytest.mark.parametrize(("seconds", "expected"), [(0.002, 4.5), (0.05, 4.0), (1.0, 2.5)])
def test_work_leaves_its_line_while_there_is_time_for_work_like_it(now, monkeypatch, seconds, expected):
    """What begins later would be stopped at its deadline, and its turn would be lost."""
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 6.0)
    monkeypatch.setattr(admission, "REFUSAL_WAIT", 0.95)
    monkeypatch.setattr(admission, "REFUSAL_SPREAD", 0.05)
    queue = FairQueue(2, per_client=2, max_wait=-1)
    kind = queue.add_kind(2, seconds)
    for _ in range(2):
        enter(queue, "mallory", kind)
    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)

    waiting = enter(queue, "mallory", kind)

    assert waiting.leaves_at - now[0] == pytest.approx(expected)
    assert 4.75 <= waiting.overloaded().delay <= 5


def test_work_that_gives_up_its_place_is_refused_when_it_was_due(now, monkeypatch):
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 2)
    queue = FairQueue(1, per_client=1, max_wait=-1)
    kind = queue.add_kind(1, 0.001)
    enter(queue, "mallory", kind)
    with pytest.raises(Overloaded):
        enter(queue, "mallory", kind)
    evicted = [enter(queue, "mallory", kind) for _ in range(2)][1]
    delays = []
    evicted.refuse = lambda reason: delays.append(reason.delay)

    now[0] += 0.01
    queue.max_wait = 1
    enter(queue, "alice", kind)

    assert delays == pytest.approx([0.03])
    # It did not take the place of another refusal, and the next one comes 20 ms later.
    assert refuse_next(queue.clients["mallory"], 5) == pytest.approx(0.05)
