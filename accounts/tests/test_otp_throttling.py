"""The limits on guessing one-time codes."""

from collections import Counter

import pytest

from accounts.authentication import one_time_codes
from accounts.models import ThrottleCounter
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on, unlike
from conftest import ELSEWHERE, HERE, PASSWORD, START, THIRD
from notes_api.config.rate import Rate

MINUTE, DAY = 60, 86400


@pytest.fixture(autouse=True)
def _one_guess(settings, time_machine):
    """One guess in 15 minutes, five per IP address; time is frozen."""
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def five_codes(monkeypatch):
    """Five wrong codes a day."""
    monkeypatch.setattr(one_time_codes, "WRONG_CODES", Rate(5, DAY))


def log_in(client, otp="", address=HERE, email="alice@example.com", password=PASSWORD):
    return client.post("/login", {"username": email, "password": password, "otp": otp}, REMOTE_ADDR=address)


def guess(client, secret, address=HERE, email="alice@example.com"):
    return log_in(client, unlike(code(secret)), address, email)


def test_a_wrong_code_counts_like_a_wrong_password(client, secret):
    assert guess(client, secret).status_code == 401

    response = log_in(client, code(secret))

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert response.json()["error"] == "invalid_request"


def test_codes_and_passwords_are_counted_together(client, secret):
    log_in(client, password="wrong")

    assert guess(client, secret).status_code == 429


def test_wrong_codes_count_for_the_address_too(client, secret, bob, mallory):
    theirs = switch_on(bob)[0]
    guess(client, secret)
    guess(client, theirs, email=bob.email)
    log_in(client, email="a@example.com", password="wrong")
    log_in(client, email="b@example.com", password="wrong")
    log_in(client, email="c@example.com", password="wrong")

    assert log_in(client, email=mallory.email).status_code == 429
    assert log_in(client, email=mallory.email, address=ELSEWHERE).status_code == 200


def test_a_used_code_counts_as_wrong(client, secret):
    otp = code(secret)
    assert log_in(client, otp).status_code == 200
    # The address is now known and has its own count.
    assert log_in(client, otp).status_code == 401

    assert log_in(client, code(secret, 1)).status_code == 429


def test_a_wrong_recovery_code_counts(client, recovery_codes):
    assert log_in(client, "mzxw-6ytb-oi2t-kmzq").status_code == 401

    assert log_in(client, recovery_codes[0]).status_code == 429


def test_logging_in_in_two_steps_does_not_count_as_a_guess(client, secret, time_machine):
    for _ in range(3):
        assert log_in(client).json()["code"] == "mfa_required"
        assert log_in(client, code(secret)).status_code == 200
        time_machine.shift(30)


def test_a_log_in_without_a_code_does_not_count_as_a_guess(client, secret):
    answers = Counter(log_in(client).status_code for _ in range(6))

    assert answers == {401: 6}
    assert log_in(client, code(secret)).status_code == 200


def test_a_right_password_without_a_code_does_not_reset_the_count(client, secret, settings):
    settings.THROTTLE_LOGIN = Rate(3, 900)
    heard = 0

    for _ in range(6):
        log_in(client)
        heard += guess(client, secret).status_code == 401

    assert heard == 3
    assert log_in(client).status_code == 429


def test_wrong_codes_from_many_addresses_are_limited_like_passwords(client, secret, settings):
    settings.THROTTLE_LOGIN = Rate(3, 900)

    answers = Counter(guess(client, secret, f"198.51.100.{number}").status_code for number in range(6))

    assert answers == {401: 3, 429: 3}


def test_wrong_codes_are_limited_to_100_a_day():
    assert Rate(100, DAY) == one_time_codes.WRONG_CODES


def test_no_more_wrong_codes_a_day_than_the_limit_are_checked(client, secret, settings, time_machine, five_codes):
    settings.THROTTLE_LOGIN = Rate(2, 900)
    heard = 0

    for _ in range(4):
        heard += sum(guess(client, secret, f"198.51.100.{number}").status_code == 401 for number in range(3))
        time_machine.shift(15 * MINUTE)

    assert heard == 5


def test_too_many_codes_in_a_day_get_429_with_retry_after(client, secret, settings, time_machine, five_codes):
    settings.THROTTLE_LOGIN = Rate(1000, 900)
    for number in range(5):
        guess(client, secret, f"198.51.100.{number}")
    time_machine.shift(DAY - 60)

    response = log_in(client, code(secret))

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert log_in(client).json()["code"] == "mfa_required"
    time_machine.shift(60)
    assert log_in(client, code(secret)).status_code == 200


def test_guessing_from_other_addresses_never_locks_out_the_owner(client, secret, settings, time_machine, five_codes):
    settings.THROTTLE_LOGIN = Rate(1000, 900)
    assert log_in(client, code(secret), address=HERE).status_code == 200
    time_machine.shift(30)
    for _ in range(6):
        guess(client, secret, address=ELSEWHERE)

    assert guess(client, secret, address=THIRD).status_code == 429
    assert log_in(client, code(secret), address=HERE).status_code == 200


def test_a_log_in_without_its_code_makes_no_address_known(client, secret):
    log_in(client, address=ELSEWHERE)
    guess(client, secret, address=HERE)

    assert guess(client, secret, address=ELSEWHERE).status_code == 429


def test_a_log_in_with_a_code_does_not_count(client, secret):
    log_in(client, code(secret))

    counted = [counter.pk for counter in ThrottleCounter.objects.filter(count__gt=0)]
    assert [key.startswith("login:success:") for key in counted] == [True]


def test_an_empty_setting_disables_the_daily_limit_too(client, secret, settings, five_codes):
    settings.THROTTLE_LOGIN = None

    answers = Counter(guess(client, secret).status_code for _ in range(6))

    assert answers == {401: 6}
    assert not ThrottleCounter.objects.exists()


@pytest.mark.parametrize("operation", ["/users/me/otp", "/users/me/otp/disable"])
def test_the_password_cannot_be_guessed_with_a_stolen_token_either(as_user, alice, client, operation):
    owner = as_user(alice)

    assert owner.post(operation, {"password": "wrong"}, REMOTE_ADDR=HERE).status_code == 400
    response = owner.post(operation, {"password": PASSWORD}, REMOTE_ADDR=HERE)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert log_in(client).status_code == 429


@pytest.mark.parametrize("operation", ["/users/me/otp", "/users/me/otp/disable"])
def test_a_right_password_does_not_count(as_user, alice, operation):
    owner = as_user(alice)

    statuses = {owner.post(operation, {"password": PASSWORD}, REMOTE_ADDR=HERE).status_code for _ in range(3)}

    assert max(statuses) < 300


def test_the_code_that_confirms_cannot_be_guessed(as_user, alice):
    owner = as_user(alice)
    owner.post("/users/me/otp", {"password": PASSWORD}, REMOTE_ADDR=HERE)

    wrong = owner.post("/users/me/otp/confirm", {"otp": "wrong"}, REMOTE_ADDR=HERE)

    assert wrong.status_code == 400
    assert owner.post("/users/me/otp/confirm", {"otp": "wrong"}, REMOTE_ADDR=HERE).status_code == 429


def test_a_code_that_confirms_does_not_count(as_user, alice, client):
    owner = as_user(alice)
    owner.post("/users/me/otp", {"password": PASSWORD}, REMOTE_ADDR=HERE)
    secret = alice.second_factor.secret

    assert owner.post("/users/me/otp/confirm", {"otp": code(secret)}, REMOTE_ADDR=HERE).status_code == 200
    assert log_in(client, code(secret, 1)).status_code == 200
