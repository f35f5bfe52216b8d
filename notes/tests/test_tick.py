"""Each transaction has one tick, whose version all its changes take."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Clock, joint_tick, tick
from conftest import START
from notes.models import Note
from notes.tests.factories import clock_of, make_note


def write(owner, version, title):
    return Note.objects.create(owner=owner, title=title, version=version, created_at=START, updated_at=START)


def write_and_fail(owner):
    """Fail after a write, in a transaction or in a savepoint inside one."""
    with tick(owner.pk) as now:
        write(owner, now.version, "Milk")
        raise ZeroDivisionError


def test_a_tick_moves_the_clock_by_one(alice):
    with tick(alice.pk) as now:
        version = now.version

    assert (version, clock_of(alice)) == (1, 1)


def test_the_ticks_of_two_transactions_have_two_versions(alice):
    with tick(alice.pk) as first:
        pass
    with tick(alice.pk) as second:
        pass

    assert (first.version, second.version) == (1, 2)


def test_a_version_that_is_not_needed_is_given_back(alice):
    make_note(owner=alice)

    with tick(alice.pk) as now:
        now.cancel()

    assert clock_of(alice) == 1


def test_a_tick_inside_another_has_the_same_version(alice):
    with tick(alice.pk) as outer, tick(alice.pk) as inner:
        pass

    assert inner.version == outer.version == clock_of(alice) == 1


def test_a_joint_tick_gives_its_version_back_if_no_inner_tick_needs_it(alice):
    with joint_tick(alice.pk), tick(alice.pk) as inner:
        inner.cancel()

    assert clock_of(alice) == 0


def test_a_joint_tick_keeps_its_version_if_an_inner_tick_needs_it(alice):
    with joint_tick(alice.pk):
        with tick(alice.pk):
            pass
        with tick(alice.pk) as second:
            second.cancel()

    assert clock_of(alice) == 1


def test_a_joint_tick_gives_its_version_back_if_the_inner_tick_fails(alice):
    with joint_tick(alice.pk):
        with pytest.raises(IntegrityError), tick(alice.pk):
            raise IntegrityError
        survives = True

    assert survives
    assert clock_of(alice) == 0


def test_a_tick_of_another_account_inside_a_tick_is_an_error(alice, bob):
    with pytest.raises(RuntimeError, match="one account"), tick(alice.pk), tick(bob.pk):
        pass

    assert (clock_of(alice), clock_of(bob)) == (0, 0)


def test_accounts_tick_one_after_the_other(alice, bob):
    with tick(alice.pk):
        pass
    with tick(bob.pk):
        pass

    assert (clock_of(alice), clock_of(bob)) == (1, 1)


def test_an_exception_rolls_back_the_tick_and_its_changes(alice):
    with pytest.raises(ZeroDivisionError):
        write_and_fail(alice)

    assert clock_of(alice) == 0
    assert not Note.objects.exists()


def test_an_exception_in_an_inner_tick_rolls_back_only_the_inner_changes(alice):
    with tick(alice.pk) as now:
        write(alice, now.version, "Bread")
        with pytest.raises(ZeroDivisionError):
            write_and_fail(alice)

    assert [note.title for note in Note.objects.all()] == ["Bread"]
    assert clock_of(alice) == 1


def test_after_an_exception_the_next_tick_is_a_new_transaction(alice, bob):
    with pytest.raises(ZeroDivisionError), tick(alice.pk):
        raise ZeroDivisionError

    with tick(bob.pk):
        pass

    assert clock_of(bob) == 1


def test_a_clock_cannot_go_below_zero(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(user=alice).update(value=-1)


def test_the_sync_floor_cannot_exceed_the_clock(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(user=alice).update(sync_floor=1)
