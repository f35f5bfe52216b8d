"""How many rows one client can add to the tables of counters, links and tokens."""

from contextlib import suppress

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import Throttled

from accounts.models import ApiToken, MailLink, ThrottleCounter
from accounts.models.mail_link import MAX_LINKS
from accounts.models.throttle import DELETED_AT_ONCE
from accounts.problems import AddressTaken
from accounts.throttling import SITE_FACTOR, count_mail, login_attempt, registration_attempt
from conftest import START
from notes_api.config.rate import Rate

ONE = Rate(1, 900)


@pytest.fixture(autouse=True)
def _throttles(settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = settings.THROTTLE_MAIL = settings.THROTTLE_REGISTER = Rate(1, 900)


def request_from(address):
    return RequestFactory().post("/login", REMOTE_ADDR=address)


def guess(address, email):
    with login_attempt(request_from(address), email) as attempt:
        attempt.mark_failed()


def register(address, email):
    with suppress(AddressTaken), registration_attempt(request_from(address), email):
        raise AddressTaken


def request_mail(address, email):
    count_mail(request_from(address), "reset", email)


def attack(send, requests):
    """Send each request from another /64 of one /48 network, for another account."""
    for number in range(requests):
        try:
            send(f"2001:db8:1:{number:x}::1", f"{number}@example.com")
        except Throttled:
            continue


@pytest.mark.parametrize(("send", "rows"), [(guess, 2), (register, 2), (request_mail, 3)])
def test_a_48_network_adds_few_rows_whatever_it_sends(send, rows):
    attack(send, 4 * SITE_FACTOR)

    assert ThrottleCounter.objects.count() <= 1 + rows * SITE_FACTOR


def test_another_48_network_is_not_affected():
    attack(guess, 2 * SITE_FACTOR)

    guess("2001:db8:2::1", "alice@example.com")


def test_ended_counters_are_deleted_as_new_ones_begin(time_machine):
    for number in range(30):
        ThrottleCounter.objects.reserve(f"old {number}", ONE)
    time_machine.shift(900)

    for number in range(3):
        ThrottleCounter.objects.reserve(f"new {number}", ONE)

    assert set(ThrottleCounter.objects.values_list("pk", flat=True)) == {"new 0", "new 1", "new 2"}


def test_only_a_few_counters_are_deleted_at_once(time_machine):
    for number in range(30):
        ThrottleCounter.objects.reserve(f"old {number}", ONE)
    time_machine.shift(900)

    ThrottleCounter.objects.reserve("new", ONE)

    assert ThrottleCounter.objects.count() == 31 - DELETED_AT_ONCE


def test_live_counters_are_kept():
    ThrottleCounter.objects.reserve("somebody", ONE)
    ThrottleCounter.objects.reserve("somebody else", ONE)

    assert ThrottleCounter.objects.reserve("somebody", ONE) == 900


def test_an_attempt_can_cost_more_than_one():
    costs = [(3, 0), (7, 0), (1, 60)]

    waits = [ThrottleCounter.objects.reserve("somebody", Rate(10, 60), cost=cost) for cost, _ in costs]

    assert waits == [wait for _, wait in costs]


def test_a_link_beyond_the_limit_replaces_the_oldest(alice):
    tokens = [MailLink.objects.issue(MailLink.Purpose.RESET, alice.email, alice.pk).token for _ in range(MAX_LINKS + 1)]

    assert MailLink.objects.count() == MAX_LINKS
    assert MailLink.objects.get_by_token(tokens[1], MailLink.Purpose.RESET)
    with pytest.raises(MailLink.DoesNotExist):
        MailLink.objects.get_by_token(tokens[0], MailLink.Purpose.RESET)


def test_another_token_deletes_the_oldest_ended_ones(by_token, alice, monkeypatch):
    monkeypatch.setattr("accounts.models.api_token.MAX_ENDED_TOKENS", 2)
    tokens = [by_token(alice, "notes:read").token_row for _ in range(5)]
    for token in tokens[:4]:
        token.revoke()

    new = by_token(alice, "notes:read").token_row

    assert set(ApiToken.objects.values_list("pk", flat=True)) == {tokens[2].pk, tokens[3].pk, tokens[4].pk, new.pk}
