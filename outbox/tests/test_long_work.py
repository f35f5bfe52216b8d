"""Work that may take minutes: a thread of its own, a claim that is renewed, and turns between accounts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from outbox import worker as worker_module
from outbox.kinds import AttemptFailed, ClaimLost, Unfinished, long_handlers
from outbox.models import Entry
from outbox.tests.entries import make_entry
from outbox.timing import RENEWED_CLAIM
from outbox.worker import Worker


@pytest.fixture
def long_worker():
    return Worker("test", ["long"])


@pytest.fixture
def handle(monkeypatch):
    """`handle(function)` lets the function do the work of the kind "long"."""
    return lambda function: monkeypatch.setitem(long_handlers, "long", function)


def test_long_work_that_is_done_is_deleted(long_worker, handle):
    done = []
    handle(lambda payload, claim: done.append(payload))
    make_entry("long", {"number": 1})

    long_worker.work()

    assert done == [{"number": 1}]
    assert not Entry.objects.exists()


def test_the_thread_for_mail_leaves_long_work_alone(handle):
    handle(lambda payload, claim: pytest.fail("called"))
    make_entry("long")

    Worker().work()

    assert Entry.objects.count() == 1


def test_a_renewed_claim_lasts_for_the_next_step(long_worker, handle, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    seen = []

    def work(payload, claim):
        claim.renew()
        seen.append(Entry.objects.get().due_at)

    handle(work)
    make_entry("long")
    long_worker.work()

    assert seen == [timezone.now() + RENEWED_CLAIM]


def test_a_claim_that_another_worker_has_taken_over_is_lost(long_worker, handle):
    lost = []

    def work(payload, claim):
        Entry.objects.update(attempts=2)
        try:
            claim.renew()
        except ClaimLost:
            lost.append(payload)
            raise

    handle(work)
    make_entry("long")
    long_worker.work()

    assert len(lost) == 1
    # The other worker goes on.
    assert Entry.objects.get().attempts == 2


def test_unfinished_work_is_due_at_once_and_has_not_failed(long_worker, handle):
    calls = []

    def work(payload, claim):
        calls.append(payload)
        if len(calls) < 3:
            raise Unfinished

    handle(work)
    make_entry("long")

    long_worker.work()

    assert len(calls) == 3
    assert not Entry.objects.exists()


def test_long_work_that_fails_is_tried_again_later(long_worker, handle):
    def work(payload, claim):
        raise AttemptFailed("no room")

    handle(work)
    make_entry("long")

    long_worker.work()

    entry = Entry.objects.get()
    assert (entry.last_error, entry.attempts) == ("no room", 1)
    assert entry.due_at > timezone.now()


@pytest.mark.parametrize(("seconds", "others", "expected"), [(0, 1, False), (21, 0, False), (21, 1, True)])
def test_long_work_makes_way_after_a_while_if_others_wait(long_worker, handle, monkeypatch, seconds, others, expected):
    asked = []

    def work(payload, claim):
        claim.turn_ends_at -= seconds
        asked.append(claim.must_pause)

    handle(work)
    make_entry("long")
    entry = Entry.objects.get()
    for _ in range(others):
        make_entry("long")
    monkeypatch.setattr(worker_module, "ROUND", 1)

    assert entry.claim()
    long_worker.carry_out(entry)

    assert asked == [expected]


def test_long_work_ends_with_its_process(long_worker, handle):
    asked = []
    handle(lambda payload, claim: asked.append((claim.is_ending, claim.must_pause)))
    make_entry("long")
    long_worker.ending.set()

    long_worker.work()

    assert asked == [(True, True)]


def test_work_of_a_killed_process_is_due_when_its_claim_ends(long_worker, handle):
    done = []
    handle(lambda payload, claim: done.append(payload))
    make_entry("long", attempts=1, claimed_at=timezone.now(), due_at=timezone.now() + timedelta(seconds=60))

    long_worker.work()
    assert not done
    Entry.objects.update(due_at=timezone.now())
    long_worker.work()
    assert len(done) == 1
