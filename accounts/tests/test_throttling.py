"""The limit on guessing passwords."""

from accounts.tests.account_requests import register
from conftest import ELSEWHERE, HERE, PASSWORD
from notes_api.config.rate import Rate


def log_in(client, email="alice@example.com", password=PASSWORD, address=HERE):
    return client.post("/login", {"username": email, "password": password}, REMOTE_ADDR=address)


def guess(client, email="alice@example.com", address=HERE):
    return log_in(client, email, "wrong", address)


def test_guesses_at_an_account_are_limited(client, alice, one_guess):
    guess(client)

    response = guess(client)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"


def test_too_many_logins_are_a_problem_in_the_words_of_oauth(client, alice, one_guess):
    guess(client)

    body = guess(client).json()

    assert (body["status"], body["code"], body["error"]) == (429, "throttled", "invalid_request")


def test_the_right_password_has_to_wait_after_too_many_guesses(client, alice, one_guess):
    guess(client)

    assert log_in(client).status_code == 429


def test_guesses_from_everywhere_count_for_the_account(client, alice, one_guess):
    guess(client, address=HERE)

    assert guess(client, address=ELSEWHERE).status_code == 429


def test_another_letter_case_is_not_another_account(client, alice, one_guess):
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


def test_a_throttled_guess_does_not_count_for_the_address(client, alice, one_guess):
    guess(client)
    guess(client)
    guess(client)
    guess(client)
    guess(client)

    assert guess(client, email="bob@example.com").status_code == 401


def test_a_successful_log_in_does_not_count(client, alice, one_guess):
    # The first comes from an unknown address, the others from a known one.
    log_in(client)
    log_in(client)

    assert log_in(client).status_code == 200


def test_a_successful_log_in_does_not_reset_the_count(client, alice, settings, one_guess):
    settings.THROTTLE_LOGIN = Rate(2, 900)
    guess(client)
    log_in(client, address=ELSEWHERE)
    guess(client)

    assert guess(client).status_code == 429


def test_an_invalid_log_in_does_not_count(client, alice, one_guess):
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


def test_guessing_is_possible_again_after_the_window(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(900)

    assert log_in(client).status_code == 200


def test_the_count_starts_again_after_the_window(client, alice, one_guess, time_machine):
    guess(client)
    time_machine.shift(900)
    guess(client)

    assert guess(client).headers["Retry-After"] == "900"


def test_guessing_from_other_addresses_does_not_lock_out_the_owner(client, alice, one_guess):
    log_in(client, address=HERE)
    guess(client, address=ELSEWHERE)

    assert guess(client, address=ELSEWHERE).status_code == 429
    assert log_in(client, address=HERE).status_code == 200


def test_guesses_from_where_the_owner_logs_in_are_counted_too(client, alice, one_guess):
    log_in(client, address=HERE)
    guess(client, address=HERE)

    assert guess(client, address=HERE).status_code == 429


def test_an_address_is_forgotten_a_month_after_its_last_log_in(client, alice, one_guess, time_machine):
    log_in(client, address=HERE)
    time_machine.shift(30 * 86400)
    guess(client, address=ELSEWHERE)

    assert log_in(client, address=HERE).status_code == 429


def test_a_log_in_of_another_account_does_not_make_an_address_known(client, alice, mallory, one_guess):
    log_in(client, mallory.email, address=ELSEWHERE)
    guess(client, address="192.0.2.9")

    assert guess(client, address=ELSEWHERE).status_code == 429


def test_the_owner_is_known_anywhere_in_the_same_network(client, alice, one_guess):
    log_in(client, address="2001:db8:1:2::1")
    guess(client, address=ELSEWHERE)

    assert log_in(client, address="2001:db8:1:2:ffff::9").status_code == 200


def test_an_empty_setting_disables_the_throttles(client, alice, settings):
    settings.THROTTLE_LOGIN = settings.THROTTLE_REGISTER = None
    guess(client)

    assert log_in(client).status_code == 200
    assert register(client, "a@example.com").status_code == 201
