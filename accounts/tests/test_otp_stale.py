"""Stale reads decide nothing: if two log-ins read the factor before either writes, one succeeds."""

import pytest

from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on

pytestmark = pytest.mark.usefixtures("at_nine")


def read_twice():
    return SecondFactor.objects.get(), SecondFactor.objects.get()


def test_a_code_works_once(alice):
    secret, _ = switch_on(alice)
    one, other = read_twice()

    assert one.accept(code(secret))
    assert not other.accept(code(secret))


def test_an_earlier_code_is_refused_after_a_later_one(alice):
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


def test_a_stale_factor_accepts_no_code_after_it_was_disabled(alice):
    secret, codes = switch_on(alice)
    stale = SecondFactor.objects.get()
    SecondFactor.objects.disable(alice)

    assert not stale.accept(code(secret))
    assert not stale.accept(codes[0])


def test_a_stale_factor_accepts_no_code_after_a_new_enrolment(alice):
    secret, codes = switch_on(alice)
    stale = SecondFactor.objects.get()
    SecondFactor.objects.disable(alice)
    switch_on(alice)

    assert not stale.accept(code(secret))
    assert not stale.accept(codes[0])


def test_a_second_confirmation_does_not_replace_the_recovery_codes(alice):
    secret = SecondFactor.objects.enrol(alice).secret
    one, other = read_twice()
    one.confirm(code(secret))
    left = SecondFactor.objects.get().recovery_digests

    with pytest.raises(SecondFactor.DoesNotExist):
        other.confirm(code(secret))
    assert SecondFactor.objects.get().recovery_digests == left


def test_a_replaced_secret_cannot_be_confirmed(alice):
    stale = SecondFactor.objects.enrol(alice)
    SecondFactor.objects.enrol(alice)

    with pytest.raises(SecondFactor.DoesNotExist):
        stale.confirm(code(stale.secret))
    assert not SecondFactor.objects.on().exists()


def test_a_replaced_secret_is_not_encrypted_again(alice):
    stale = SecondFactor.objects.enrol(alice)
    secret = SecondFactor.objects.enrol(alice).secret

    assert stale.reencrypt() == 0
    assert SecondFactor.objects.get().secret == secret
