"""How often a password may be guessed and an account be made."""

import pytest

from conftest import PASSWORD
from notes_api.environment import Rate

START = "2026-01-05T09:00:00Z"
HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"


def log_in(client, email="alice@example.com", password=PASSWORD, address=HERE):
    return client.post("/login", {"username": email, "password": password}, REMOTE_ADDR=address)


def guess(client, email="alice@example.com", address=HERE):
    return log_in(client, email, "wrong", address)


def register(client, email, address=HERE):
    return client.post("/users", {"email": email, "password": PASSWORD}, REMOTE_ADDR=address)


@pytest.fixture
def one_guess(settings, time_machine):
    """One guess in fifteen minutes, five per address; time stands still."""
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def two_registrations(settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_REGISTER = Rate(2, 3600)


def test_an_account_can_be_guessed_at_only_so_often(client, alice, one_guess):
    guess(client)

    response = guess(client)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"


def test_too_many_logins_are_a_problem_in_the_words_of_oauth(client, alice, one_guess):
    guess(client)

    body = guess(client).json()

    assert (body["status"], body["code"], body["error"]) == (429, "throttled", "invalid_request")


def test_when_the_guesses_are_used_up_even_the_right_password_has_to_wait(client, alice, one_guess):
    guess(client)

    assert log_in(client).status_code == 429


def test_guesses_from_everywhere_count_for_the_account(client, alice, one_guess):
    guess(client, address=HERE)

    assert guess(client, address=ELSEWHERE).status_code == 429


def test_the_letter_case_of_the_address_makes_no_second_account(client, alice, one_guess):
    guess(client)

    assert guess(client, email="ALICE@example.com").status_code == 429


def test_unknown_accounts_are_counted_like_known_ones(client, one_guess):
    guess(client, email="nobody@example.com")

    response = guess(client, email="nobody@example.com")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"


def test_one_account_does_not_use_up_the_guesses_of_another(client, alice, bob, one_guess):
    guess(client)

    assert log_in(client, email="bob@example.com").status_code == 200


def test_an_address_may_guess_five_times_as_often(client, alice, one_guess):
    guess(client, email="a@example.com")
    guess(client, email="b@example.com")
    guess(client, email="c@example.com")
    guess(client, email="d@example.com")
    fifth = guess(client, email="e@example.com")

    response = guess(client, email="f@example.com")

    assert fifth.status_code == 401
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"


def test_one_address_does_not_use_up_the_guesses_of_another(client, bob, one_guess):
    guess(client, email="a@example.com")
    guess(client, email="b@example.com")
    guess(client, email="c@example.com")
    guess(client, email="d@example.com")
    guess(client, email="e@example.com")

    assert log_in(client, email="bob@example.com", address=ELSEWHERE).status_code == 200


def test_a_refused_guess_is_not_counted_for_the_address(client, alice, one_guess):
    guess(client)
    guess(client)
    guess(client)
    guess(client)
    guess(client)

    assert guess(client, email="bob@example.com").status_code == 401


def test_a_login_that_succeeds_is_given_back(client, alice, one_guess):
    # The first comes from an unknown address, the others from a known one.
    log_in(client)
    log_in(client)

    assert log_in(client).status_code == 200


def test_a_login_that_succeeds_forgives_no_earlier_guess(client, alice, settings, one_guess):
    settings.THROTTLE_LOGIN = Rate(2, 900)
    guess(client)
    log_in(client, address=ELSEWHERE)
    guess(client)

    assert guess(client).status_code == 429


def test_a_login_that_is_none_is_not_counted(client, alice, one_guess):
    client.post("/login", {"username": "alice@example.com"}, REMOTE_ADDR=HERE)

    assert log_in(client).status_code == 200


def test_the_wait_grows_shorter(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(600)

    assert guess(client).headers["Retry-After"] == "300"


def test_a_second_before_the_end_of_the_window_is_too_early(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(899)

    response = log_in(client)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"


def test_when_the_window_ends_guessing_may_go_on(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(900)

    assert log_in(client).status_code == 200


def test_after_the_window_the_count_begins_anew(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(900)
    guess(client)

    assert guess(client).headers["Retry-After"] == "900"


def test_guessing_elsewhere_does_not_keep_the_owner_out(client, alice, one_guess):
    log_in(client, address=HERE)
    guess(client, address=ELSEWHERE)

    assert guess(client, address=ELSEWHERE).status_code == 429
    assert log_in(client, address=HERE).status_code == 200


def test_guesses_from_where_the_owner_logs_in_are_counted_too(client, alice, one_guess):
    log_in(client, address=HERE)
    guess(client, address=HERE)

    assert guess(client, address=HERE).status_code == 429


def test_where_the_owner_logged_in_a_month_ago_is_forgotten(client, alice, one_guess, time_machine):
    log_in(client, address=HERE)
    time_machine.shift(30 * 86400)
    guess(client, address=ELSEWHERE)

    assert log_in(client, address=HERE).status_code == 429


def test_where_somebody_else_logs_in_the_owner_is_not_known(client, alice, mallory, one_guess):
    log_in(client, mallory.email, address=ELSEWHERE)
    guess(client, address="192.0.2.9")

    assert guess(client, address=ELSEWHERE).status_code == 429


def test_the_owner_is_known_anywhere_in_the_same_network(client, alice, one_guess):
    log_in(client, address="2001:db8:1:2::1")
    guess(client, address=ELSEWHERE)

    assert log_in(client, address="2001:db8:1:2:ffff::9").status_code == 200


def test_an_address_may_make_only_so_many_accounts(client, two_registrations):
    register(client, "a@example.com")
    register(client, "b@example.com")

    response = register(client, "c@example.com")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3600"
    assert response.json()["code"] == "throttled"


def test_one_address_does_not_use_up_the_accounts_of_another(client, two_registrations):
    register(client, "a@example.com")
    register(client, "b@example.com")

    assert register(client, "c@example.com", address=ELSEWHERE).status_code == 201


def test_asking_for_taken_addresses_is_counted(client, alice, two_registrations):
    register(client, "alice@example.com")
    register(client, "alice@example.com")

    assert register(client, "alice@example.com").status_code == 429


def test_a_registration_that_does_not_validate_is_not_counted(client, two_registrations):
    register(client, "nonsense")
    register(client, "nonsense")

    assert register(client, "a@example.com").status_code == 201


def test_when_the_window_ends_registering_may_go_on(client, two_registrations, time_machine):
    register(client, "a@example.com")
    register(client, "b@example.com")
    time_machine.shift(3600)

    assert register(client, "c@example.com").status_code == 201


def test_addresses_of_one_ipv6_network_count_as_one(client, two_registrations):
    register(client, "a@example.com", address="2001:db8:1:2::1")
    register(client, "b@example.com", address="2001:db8:1:2:ffff::2")

    assert register(client, "c@example.com", address="2001:db8:1:2:a:b:c:d").status_code == 429


def test_ipv6_networks_count_apart(client, two_registrations):
    register(client, "a@example.com", address="2001:db8:1:2::1")
    register(client, "b@example.com", address="2001:db8:1:2::1")

    assert register(client, "c@example.com", address="2001:db8:1:3::1").status_code == 201


def test_an_ipv4_address_counts_as_itself_inside_ipv6(client, two_registrations):
    register(client, "a@example.com", address=f"::ffff:{HERE}")
    register(client, "b@example.com", address=HERE)

    assert register(client, "c@example.com", address=HERE).status_code == 429


def test_ipv4_addresses_inside_ipv6_count_apart(client, two_registrations):
    register(client, "a@example.com", address=f"::ffff:{HERE}")
    register(client, "b@example.com", address=f"::ffff:{HERE}")

    assert register(client, "c@example.com", address=f"::ffff:{ELSEWHERE}").status_code == 201


def test_clients_without_an_address_count_as_one(client, two_registrations):
    register(client, "a@example.com", address="")
    register(client, "b@example.com", address="")

    assert register(client, "c@example.com", address="").status_code == 429


def test_a_forwarded_address_that_nobody_vouches_for_counts_for_nothing(client, two_registrations):
    body = {"email": "c@example.com", "password": PASSWORD}
    register(client, "a@example.com")
    register(client, "b@example.com")

    response = client.post("/users", body, REMOTE_ADDR=HERE, headers={"X-Forwarded-For": ELSEWHERE})

    assert response.status_code == 429


def test_an_empty_setting_switches_the_throttles_off(client, alice, settings):
    settings.THROTTLE_LOGIN = settings.THROTTLE_REGISTER = None
    guess(client)

    assert log_in(client).status_code == 200
    assert register(client, "a@example.com").status_code == 201
