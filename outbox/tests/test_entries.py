"""Entries of the outbox: what is due, who carries it out, and when it is tried again."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.flows.erasure import erase
from notes_api.tests.test_races import at_once
from outbox.models import Entry
from outbox.models.entry import MAX_ERROR, State
from outbox.tests.entries import make_entry
from outbox.timing import CLAIM, KEEP_FAILED, delay_after

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def stored(entry):
    return Entry.objects.get(pk=entry.pk)


def test_the_payload_is_stored_encrypted():
    make_entry(payload={"recipient": "alice@example.com"})

    row = Entry.objects.values().get()

    assert [value for value in row.values() if "alice" in str(value)] == []
    assert Entry.objects.get().read_payload() == {"recipient": "alice@example.com"}


def test_an_entry_of_a_transaction_that_fails_does_not_exist():
    with transaction.atomic():
        make_entry()
        transaction.set_rollback(True)

    assert not Entry.objects.exists()


def test_erasing_an_account_deletes_its_entries(alice, bob):
    make_entry(user=alice)
    others = make_entry(user=bob)

    erase(alice)

    assert Entry.objects.get() == others


def test_an_entry_is_due_at_once_and_not_while_it_is_claimed(at_nine, time_machine):
    entry = make_entry()
    assert list(Entry.objects.due()) == [entry]

    assert entry.claim()

    assert list(Entry.objects.due()) == []
    assert stored(entry).state == State.RUNNING
    assert stored(entry).attempts == 1


def test_the_claim_of_a_worker_that_was_killed_ends(at_nine, time_machine):
    entry = make_entry()
    entry.claim()

    time_machine.shift(CLAIM)

    assert list(Entry.objects.due()) == [entry]
    assert stored(entry).state == State.WAITING


def test_claims_that_are_lost_again_and_again_last_longer(at_nine):
    entry = make_entry(attempts=8)

    entry.claim()

    assert stored(entry).due_at > timezone.now() + timedelta(hours=3)


def test_only_the_first_of_two_claims_succeeds():
    one, other = make_entry(), Entry.objects.get()

    assert one.claim()
    assert not other.claim()


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_claims_one_succeeds():
    make_entry()
    seen = [Entry.objects.get() for _ in range(6)]

    def claim(number):
        try:
            return seen[number].claim()
        finally:
            connection.close()

    assert sorted(at_once(6, claim)) == [False] * 5 + [True]


def test_a_failed_attempt_is_repeated_after_a_minute(at_nine):
    entry = make_entry()
    entry.claim()

    assert entry.record_failure("Connection refused")

    again = stored(entry)
    assert timedelta(seconds=48) <= again.due_at - timezone.now() <= timedelta(seconds=72)
    assert (again.state, again.last_error) == (State.WAITING, "Connection refused")


def test_the_delays_grow_from_a_minute_to_four_hours(subtests):
    for attempts, minutes in [(1, 1), (2, 2), (3, 4), (8, 128), (9, 240), (1000, 240)]:
        with subtests.test(attempts=attempts, minutes=minutes):
            delays = [delay_after(attempts) for _ in range(50)]

            assert all(0.8 * minutes * MINUTE <= delay <= 1.2 * minutes * MINUTE for delay in delays)
            assert len(set(delays)) > 1


def test_a_long_error_is_cut():
    entry = make_entry()

    entry.record_failure("x" * 1000)

    assert len(stored(entry).last_error) == MAX_ERROR


def test_an_entry_whose_next_attempt_would_be_too_late_has_failed(alice):
    entry = make_entry(user=alice, expires_at=timezone.now() + MINUTE, attempts=2)

    assert not entry.record_failure("Connection refused")

    assert stored(entry).state == State.FAILED
    assert list(Entry.objects.due()) == []
    assert Entry.objects.next_due_at() is None


def test_a_failed_entry_of_no_account_is_deleted():
    entry = make_entry(expires_at=timezone.now())

    assert not entry.record_failure("Connection refused")

    assert not Entry.objects.exists()


def test_a_worker_whose_claim_was_lost_does_not_change_the_entry(at_nine, time_machine):
    late = make_entry()
    late.claim()
    time_machine.shift(CLAIM)
    Entry.objects.get().claim()

    late.record_failure("Too late")

    assert stored(late).state == State.RUNNING
    assert stored(late).last_error == ""


def test_a_failed_entry_can_be_retried(alice):
    entry = make_entry(user=alice, failed_at=timezone.now(), attempts=9, expires_at=timezone.now() - DAY)

    assert Entry.objects.all().retry() == 1

    assert list(Entry.objects.due()) == [entry]
    assert stored(entry).attempts == 0
    assert not stored(entry).has_expired


def test_only_failed_entries_are_retried():
    running = make_entry()
    running.claim()

    assert Entry.objects.all().retry() == 0

    assert stored(running).state == State.RUNNING


def test_each_account_has_one_entry_in_a_round_and_new_ones_come_first(alice, bob):
    first, _, _ = [make_entry(user=alice) for _ in range(3)]
    tried = make_entry(user=bob, attempts=1)
    strangers = [make_entry(), make_entry()]

    assert list(Entry.objects.due().first_of_each_account()) == [first, *strangers, tried]


def test_each_state_selects_its_entries(alice):
    by_state = {
        State.WAITING: make_entry(),
        State.RUNNING: make_entry(claimed_at=timezone.now(), due_at=timezone.now() + MINUTE),
        State.FAILED: make_entry(user=alice, failed_at=timezone.now()),
    }

    assert {state: Entry.objects.in_state(state).get() for state in State} == by_state
    assert {entry.state: entry for entry in Entry.objects.all()} == by_state


def test_failed_entries_are_kept_for_a_week(alice):
    make_entry(user=alice, failed_at=timezone.now() - KEEP_FAILED + MINUTE)
    old = make_entry(user=alice, failed_at=timezone.now() - KEEP_FAILED)

    assert Entry.objects.failed_long_ago().get() == old


def test_whether_anything_is_due_is_read_without_a_lock():
    with CaptureQueriesContext(connection) as queries:
        assert Entry.objects.next_due_at() is None

    [query] = queries
    assert query["sql"].startswith("SELECT")
    assert "FOR UPDATE" not in query["sql"]


def test_finished_work_is_deleted_once():
    entry = make_entry()

    assert entry.finish()
    assert not entry.finish()
    assert not Entry.objects.exists()
