"""The limit on creating accounts, and what counts as one address."""

import pytest

from accounts.tests.account_requests import register
from accounts.throttling import ADDRESS_FACTOR
from conftest import ELSEWHERE, HERE, PASSWORD, START
from notes_api.config.rate import Rate


@pytest.fixture
def two_failures(settings, time_machine, alice):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_REGISTER = Rate(2, 3600)


def test_registrations_of_one_address_are_limited(client, settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_REGISTER = Rate(2, 3600)
    accepted = [register(client, f"{number}@example.com").status_code for number in range(2 * ADDRESS_FACTOR)]

    response = register(client, "one-more@example.com")

    assert accepted == [201] * 2 * ADDRESS_FACTOR
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3600"
    assert response.json()["code"] == "throttled"


def test_failed_registrations_have_a_lower_limit(client, two_failures):
    register(client, "alice@example.com")
    register(client, "alice@example.com")

    assert register(client, "a@example.com").status_code == 429


def test_forty_people_behind_one_address_register_with_a_mail_each(client, settings):
    settings.THROTTLE_REGISTER, settings.THROTTLE_MAIL = Rate(20, 3600), Rate(5, 3600)
    settings.EMAIL_VERIFICATION = "optional"

    statuses = [register(client, f"{number}@example.com").status_code for number in range(40)]

    assert statuses == [201] * 40


def test_one_address_does_not_use_up_the_accounts_of_another(client, two_failures):
    register(client, "alice@example.com")
    register(client, "alice@example.com")

    assert register(client, "c@example.com", address=ELSEWHERE).status_code == 201


def test_asking_for_taken_addresses_is_counted(client, two_failures):
    register(client, "alice@example.com")
    register(client, "alice@example.com")

    assert register(client, "alice@example.com").status_code == 429


def test_a_registration_that_does_not_validate_is_not_counted(client, two_failures):
    register(client, "nonsense")
    register(client, "nonsense")

    assert register(client, "a@example.com").status_code == 201


def test_registering_is_possible_again_after_the_window(client, two_failures, time_machine):
    register(client, "alice@example.com")
    register(client, "alice@example.com")
    time_machine.shift(3600)

    assert register(client, "c@example.com").status_code == 201


def test_addresses_of_one_ipv6_network_count_as_one(client, two_failures):
    register(client, "alice@example.com", address="2001:db8:1:2::1")
    register(client, "alice@example.com", address="2001:db8:1:2:ffff::2")

    assert register(client, "c@example.com", address="2001:db8:1:2:a:b:c:d").status_code == 429


def test_ipv6_networks_are_counted_separately(client, two_failures):
    register(client, "alice@example.com", address="2001:db8:1:2::1")
    register(client, "alice@example.com", address="2001:db8:1:2::1")

    assert register(client, "c@example.com", address="2001:db8:1:3::1").status_code == 201


def test_an_ipv4_address_counts_as_itself_inside_ipv6(client, two_failures):
    register(client, "alice@example.com", address=f"::ffff:{HERE}")
    register(client, "alice@example.com", address=HERE)

    assert register(client, "c@example.com", address=HERE).status_code == 429


def test_ipv4_addresses_inside_ipv6_are_counted_separately(client, two_failures):
    register(client, "alice@example.com", address=f"::ffff:{HERE}")
    register(client, "alice@example.com", address=f"::ffff:{HERE}")

    assert register(client, "c@example.com", address=f"::ffff:{ELSEWHERE}").status_code == 201


def test_clients_without_an_address_count_as_one(client, two_failures):
    register(client, "alice@example.com", address="")
    register(client, "alice@example.com", address="")

    assert register(client, "c@example.com", address="").status_code == 429


def test_a_forwarded_address_without_a_trusted_proxy_is_ignored(client, two_failures):
    body = {"email": "c@example.com", "password": PASSWORD}
    register(client, "alice@example.com")
    register(client, "alice@example.com")

    response = client.post("/users", body, REMOTE_ADDR=HERE, headers={"X-Forwarded-For": ELSEWHERE})

    assert response.status_code == 429
