"""One tick a transaction: the number that its changes take."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Clock, joint_tick, tick
from notes.models import Note
from notes.tests.making import clock_of, make_note

START = "2026-01-05T09:00:00Z"


def write(owner, version, title):
    return Note.objects.create(owner=owner, title=title, version=version, created_at=START, updated_at=START)


def write_and_fail(owner):
    """A transaction that fails after its write, or a savepoint inside another."""
    with tick(owner.pk) as now:
        write(owner, now.version, "Milk")
        raise ZeroDivisionError


def test_a_tick_moves_the_clock_by_one(alice):
    with tick(alice.pk) as now:
        version = now.version

    assert (version, clock_of(alice)) == (1, 1)


def test_ticks_of_two_transactions_are_two_numbers(alice):
    with tick(alice.pk) as first:
        pass
    with tick(alice.pk) as second:
        pass

    assert (first.version, second.version) == (1, 2)


def test_a_number_that_nobody_needed_is_given_back(alice):
    make_note(owner=alice)

    with tick(alice.pk) as now:
        now.give_back()

    assert clock_of(alice) == 1


def test_a_tick_inside_another_takes_the_same_number(alice):
    with tick(alice.pk) as outer, tick(alice.pk) as inner:
        pass

    assert inner.version == outer.version == clock_of(alice) == 1


def test_a_joint_tick_gives_its_number_back_if_nobody_inside_needed_it(alice):
    with joint_tick(alice.pk), tick(alice.pk) as inner:
        inner.give_back()

    assert clock_of(alice) == 0


def test_a_joint_tick_keeps_its_number_if_one_inside_needed_it(alice):
    with joint_tick(alice.pk):
        with tick(alice.pk):
            pass
        with tick(alice.pk) as second:
            second.give_back()

    assert clock_of(alice) == 1


def test_a_joint_tick_gives_its_number_back_if_the_one_inside_failed(alice):
    with joint_tick(alice.pk):
        with pytest.raises(IntegrityError), tick(alice.pk):
            raise IntegrityError
        survives = True

    assert survives
    assert clock_of(alice) == 0


def test_a_tick_of_another_account_inside_one_is_refused(alice, bob):
    with pytest.raises(RuntimeError, match="one account"), tick(alice.pk), tick(bob.pk):
        pass

    assert (clock_of(alice), clock_of(bob)) == (0, 0)


def test_accounts_tick_one_after_the_other(alice, bob):
    with tick(alice.pk):
        pass
    with tick(bob.pk):
        pass

    assert (clock_of(alice), clock_of(bob)) == (1, 1)


def test_an_exception_undoes_the_tick_and_what_it_was_for(alice):
    with pytest.raises(ZeroDivisionError):
        write_and_fail(alice)

    assert clock_of(alice) == 0
    assert not Note.objects.exists()


def test_an_exception_inside_undoes_only_what_was_inside(alice):
    with tick(alice.pk) as now:
        write(alice, now.version, "Bread")
        with pytest.raises(ZeroDivisionError):
            write_and_fail(alice)

    assert [note.title for note in Note.objects.all()] == ["Bread"]
    assert clock_of(alice) == 1


def test_after_an_exception_the_next_tick_is_a_transaction_of_its_own(alice, bob):
    with pytest.raises(ZeroDivisionError), tick(alice.pk):
        raise ZeroDivisionError

    with tick(bob.pk):
        pass

    assert clock_of(bob) == 1


def test_a_clock_cannot_go_below_zero(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(user=alice).update(value=-1)


def test_what_is_forgotten_lies_in_the_past(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(user=alice).update(sync_floor=1)
