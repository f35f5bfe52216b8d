"""Parallel requests that switch the second factor on and off."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.db import connections, transaction

from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on

pytestmark = pytest.mark.django_db(transaction=True)


def disable(user):
    try:
        return SecondFactor.objects.disable(user)
    finally:
        connections.close_all()


def test_disabling_waits_for_a_confirmation_and_reports_that_the_factor_was_on(alice):
    factor = SecondFactor.objects.enrol(alice)
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            assert factor.confirm(code(factor.secret))
            disabling = thread.submit(disable, alice)
            wait([disabling], timeout=0.5)
            has_waited = not disabling.done()
        was_on = disabling.result()

    assert has_waited
    assert was_on
    assert not SecondFactor.objects.exists()


def test_one_of_8_parallel_requests_disables_the_factor(alice):
    switch_on(alice)
    start = Barrier(8)

    def disable_with_others(_):
        start.wait()
        return disable(alice)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(disable_with_others, range(8)))

    assert sorted(results) == [False] * 7 + [True]
