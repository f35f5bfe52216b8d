"""Thousands of wrong log-ins: few passwords are evaluated, and the owner can still log in.

`LOGINS` is how many there are in each storm, from up to 200 addresses; for a release it is 10,000. Small storms meet
smaller limits.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
from django.db import connections

from accounts.flows.password_change import replace_password
from conftest import PASSWORD, START
from notes_api.config.rate import Rate
from notes_api.tests.hashing import CountingHasher
from notes_api.tests.product_client import ProductClient

pytestmark = pytest.mark.django_db(transaction=True)

LOGINS = int(os.environ.get("LOGINS", "24"))
THREADS = 4
ALICE, NOBODY = "alice@example.com", "nobody@example.com"
HOME, CAFE, ATTACKER, PROXY = "203.0.113.5", "192.0.2.9", "198.51.100.7", "10.0.0.1"
# The limits for one account from unknown addresses, by default 10, and for one address.
OF_AN_ACCOUNT = min(10, LOGINS // 6)
FROM_AN_ADDRESS = 5 * OF_AN_ACCOUNT
BOUND = 25


@pytest.fixture(autouse=True)
def _throttled(settings, time_machine):
    """Log-ins are limited; time is frozen."""
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(OF_AN_ACCOUNT, 900)


@pytest.fixture
def guessed(settings, alice):
    """A function that returns the wrong passwords that were evaluated."""
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    replace_password(alice, PASSWORD)
    CountingHasher.hashed.clear()
    return lambda: [password for password in CountingHasher.hashed if password != PASSWORD]


@pytest.fixture
def behind_proxy(settings):
    """The product trusts PROXY."""
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]


def log_in(client, address, email=ALICE, password=PASSWORD, forwarded=""):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    body = {"username": email, "password": password}
    return client.post("/login", body, REMOTE_ADDR=address, headers=headers)


def guess(client, number, address=ATTACKER, email=ALICE, forwarded=""):
    return log_in(client, address, email, f"guess {number}", forwarded)


def storm(attempt):
    """Count the statuses of `attempt(client, 0)` … `attempt(client, LOGINS - 1)`, several at a time."""

    def share(first):
        client = ProductClient()
        try:
            return Counter(attempt(client, number).status_code for number in range(first, LOGINS, THREADS))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(share, range(THREADS)), Counter())


def one_of_200(number):
    return f"198.51.{number % 200}.7"


def guess_from_many_addresses(client, number):
    return guess(client, number, one_of_200(number))


def test_from_one_address_as_many_passwords_of_an_account_as_the_limit_allows_are_evaluated(guessed):
    statuses = storm(guess)

    assert statuses == {401: OF_AN_ACCOUNT, 429: LOGINS - OF_AN_ACCOUNT}
    assert len(guessed()) == OF_AN_ACCOUNT


def test_from_many_addresses_as_many_passwords_of_an_account_as_the_limit_allows_are_evaluated(guessed):
    statuses = storm(guess_from_many_addresses)

    assert statuses == {401: OF_AN_ACCOUNT, 429: LOGINS - OF_AN_ACCOUNT}
    assert len(guessed()) == OF_AN_ACCOUNT


def test_many_addresses_and_a_known_one_together_stay_below_the_limit(client, guessed):
    log_in(client, HOME)

    storm(lambda client, number: guess(client, number, HOME if number % 2 else one_of_200(number)))

    assert len(guessed()) == 2 * OF_AN_ACCOUNT <= BOUND


def test_around_the_turn_of_a_window_the_bound_holds(client, guessed, time_machine):
    guess(client, 0)
    time_machine.shift(899)
    storm(guess_from_many_addresses)
    time_machine.shift(1)
    storm(guess_from_many_addresses)

    assert len(guessed()) == 2 * OF_AN_ACCOUNT <= BOUND


def test_the_owner_logs_in_from_a_known_address_during_an_attack(client, guessed):
    log_in(client, HOME)
    answers = []

    with ThreadPoolExecutor(1) as thread:
        attack = thread.submit(storm, guess_from_many_addresses)
        # An account may log in 60 times in an hour.
        while not attack.done() and len(answers) < 50:
            answers.append(log_in(client, HOME).status_code)

    assert attack.result() == {401: OF_AN_ACCOUNT, 429: LOGINS - OF_AN_ACCOUNT}
    assert len(guessed()) == OF_AN_ACCOUNT
    # On a slow machine the attack ends before the second one.
    assert answers
    assert Counter(answers) == {200: len(answers)}


def test_the_owner_waits_elsewhere_no_longer_than_the_window(client, guessed, time_machine):
    storm(guess_from_many_addresses)
    response = log_in(client, CAFE)
    time_machine.shift(int(response.headers["Retry-After"]))

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) <= 900
    assert log_in(client, CAFE).status_code == 200
    assert log_in(client, HOME).status_code == 200


def test_many_guesses_do_not_reveal_accounts(client, guessed):
    known = [guess(client, number, one_of_200(number)) for number in range(OF_AN_ACCOUNT + 2)]
    unknown = [guess(client, number, one_of_200(number), NOBODY) for number in range(OF_AN_ACCOUNT + 2)]

    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in unknown] == [
        (answer.status_code, answer.headers.get("Retry-After")) for answer in known
    ]
    assert len(guessed()) == 2 * OF_AN_ACCOUNT


def anybody(number):
    """Another account each time, so that only the count of the address matters."""
    return f"somebody{number}@example.com"


def assert_counted_as_one_address(statuses, guessed):
    assert statuses == {401: FROM_AN_ADDRESS, 429: LOGINS - FROM_AN_ADDRESS}
    assert len(guessed()) == FROM_AN_ADDRESS


def test_without_a_proxy_a_forwarded_address_is_ignored(guessed):
    statuses = storm(
        lambda client, number: guess(client, number, ATTACKER, anybody(number), forwarded=one_of_200(number))
    )

    assert_counted_as_one_address(statuses, guessed)


@pytest.mark.parametrize("forged", ["nonsense, {}", ",,{}"])
def test_behind_a_proxy_forwarded_addresses_of_the_client_are_ignored(behind_proxy, guessed, forged):
    def attempt(client, number):
        values = forged.replace("{}", one_of_200(number))
        return guess(client, number, PROXY, anybody(number), forwarded=f"{values}, {ATTACKER}")

    assert_counted_as_one_address(storm(attempt), guessed)


def test_the_forwarded_address_of_a_client_that_bypasses_the_proxy_is_ignored(behind_proxy, guessed):
    statuses = storm(
        lambda client, number: guess(client, number, ATTACKER, anybody(number), forwarded=one_of_200(number))
    )

    assert_counted_as_one_address(statuses, guessed)


def test_addresses_of_one_ipv6_network_count_as_one(guessed):
    statuses = storm(
        lambda client, number: guess(client, number, f"2001:db8:1:2:{number:x}::{number:x}", anybody(number))
    )

    assert_counted_as_one_address(statuses, guessed)


def test_many_addresses_that_the_proxy_saw_use_up_the_guesses_of_an_account(behind_proxy, guessed):
    statuses = storm(lambda client, number: guess(client, number, PROXY, forwarded=f"{number}, {one_of_200(number)}"))

    assert statuses == {401: OF_AN_ACCOUNT, 429: LOGINS - OF_AN_ACCOUNT}
    assert len(guessed()) == OF_AN_ACCOUNT


def test_many_addresses_that_the_proxy_saw_are_counted_separately(behind_proxy, guessed):
    statuses = storm(lambda client, number: guess(client, number, PROXY, anybody(number), forwarded=one_of_200(number)))

    assert statuses == {401: LOGINS}


def test_forging_the_address_of_the_owner_does_not_use_up_their_guesses(behind_proxy, client, guessed):
    log_in(client, PROXY, forwarded=HOME)

    storm(lambda client, number: guess(client, number, PROXY, forwarded=f"{HOME}, {one_of_200(number)}"))

    assert len(guessed()) == OF_AN_ACCOUNT
    assert log_in(client, PROXY, forwarded=HOME).status_code == 200
