"""What was read before somebody else wrote decides nothing: of two log-ins that both read first, one counts."""

import pytest

from accounts.models import SecondFactor
from accounts.tests.authenticator import code
from accounts.tests.codes import START, switch_on


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


def read_twice():
    return SecondFactor.objects.get(), SecondFactor.objects.get()


def test_a_code_works_once(alice):
    secret, _ = switch_on(alice)
    one, other = read_twice()

    assert one.accept(code(secret))
    assert not other.accept(code(secret))


def test_after_a_code_none_from_before_it_works(alice):
    secret, _ = switch_on(alice)
    one, other = read_twice()

    assert one.accept(code(secret, 1))
    assert not other.accept(code(secret))


def test_a_recovery_code_works_once(alice):
    _, codes = switch_on(alice)
    one, other = read_twice()

    assert one.accept(codes[0])
    assert not other.accept(codes[0])


def test_two_recovery_codes_are_both_used_up(alice):
    _, codes = switch_on(alice)
    one, other = read_twice()

    assert one.accept(codes[0])
    assert other.accept(codes[1])
    assert SecondFactor.objects.get().recovery_codes_left == 8


def test_what_was_switched_off_meanwhile_accepts_nothing(alice):
    secret, codes = switch_on(alice)
    stale = SecondFactor.objects.get()
    SecondFactor.objects.disable(alice)

    assert not stale.accept(code(secret))
    assert not stale.accept(codes[0])


def test_what_was_enrolled_anew_meanwhile_accepts_no_old_code(alice):
    secret, codes = switch_on(alice)
    stale = SecondFactor.objects.get()
    SecondFactor.objects.disable(alice)
    switch_on(alice)

    assert not stale.accept(code(secret))
    assert not stale.accept(codes[0])


def test_what_was_confirmed_meanwhile_shows_no_other_recovery_codes(alice):
    secret = SecondFactor.objects.enrol(alice).secret
    one, other = read_twice()
    one.confirm(code(secret))
    left = SecondFactor.objects.get().recovery_digests

    with pytest.raises(SecondFactor.DoesNotExist):
        other.confirm(code(secret))
    assert SecondFactor.objects.get().recovery_digests == left


def test_a_secret_that_was_replaced_meanwhile_confirms_nothing(alice):
    stale = SecondFactor.objects.enrol(alice)
    SecondFactor.objects.enrol(alice)

    with pytest.raises(SecondFactor.DoesNotExist):
        stale.confirm(code(stale.secret))
    assert not SecondFactor.objects.on().exists()


def test_what_was_replaced_meanwhile_is_not_sealed_anew(alice):
    stale = SecondFactor.objects.enrol(alice)
    secret = SecondFactor.objects.enrol(alice).secret

    assert stale.reseal() == 0
    assert SecondFactor.objects.get().secret == secret
