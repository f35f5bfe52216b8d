"""The second factor with many concurrent clients, against the served product."""

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from accounts.tests.authenticator_app import code
from notes_api.tests.live_server import PASSWORD, logged_in
from notes_api.tests.test_races import at_once, statuses


def enrol(client):
    """Enrol and return the new secret."""
    response = client.post("/users/me/otp", json={"password": PASSWORD})
    response.raise_for_status()
    return base64.b32decode(response.json()["secret"])


def confirm(client, otp):
    return client.post("/users/me/otp/confirm", json={"otp": otp})


def log_in(client, otp):
    return client.post("/login", data={"username": client.email, "password": PASSWORD, "otp": otp})


@pytest.fixture
def enrolled(visitor):
    """A client with a second factor, its secret and its recovery codes."""
    visitor.secret = enrol(visitor)
    visitor.recovery_codes = confirm(visitor, code(visitor.secret)).json()["recovery_codes"]
    return visitor


def test_one_of_20_log_ins_with_one_code_succeeds(enrolled):
    otp = code(enrolled.secret, 1)

    responses = at_once(20, lambda _: log_in(enrolled, otp))

    assert statuses(responses) == {200: 1, 401: 19}
    assert Counter(response.json().get("code") for response in responses) == {None: 1, "invalid_otp": 19}


def test_one_of_20_log_ins_with_one_recovery_code_succeeds(enrolled):
    responses = at_once(20, lambda _: log_in(enrolled, enrolled.recovery_codes[0]))

    assert statuses(responses) == {200: 1, 401: 19}
    assert enrolled.get("/users/me/otp").json()["recovery_codes_left"] == 9


def test_ten_recovery_codes_at_once_all_succeed(enrolled):
    responses = at_once(10, lambda number: log_in(enrolled, enrolled.recovery_codes[number]))

    assert statuses(responses) == {200: 10}
    assert enrolled.get("/users/me/otp").json()["recovery_codes_left"] == 0


def test_one_of_20_confirmations_returns_valid_recovery_codes(visitor):
    secret = enrol(visitor)

    responses = at_once(20, lambda _: confirm(visitor, code(secret)))

    assert statuses(responses) == {200: 1, 409: 19}
    winner = next(response for response in responses if response.status_code == 200)
    assert log_in(visitor, winner.json()["recovery_codes"][0]).status_code == 200


def test_one_secret_of_20_enrolments_can_be_confirmed(visitor):
    secrets = at_once(20, lambda _: enrol(visitor))

    responses = [confirm(visitor, code(secret)) for secret in secrets]

    assert statuses(responses)[200] == 1


def test_enrolling_while_confirming_leaves_one_secret_that_is_on_or_waits(visitor):
    secret = enrol(visitor)

    def enrol_or_confirm(number):
        if number % 2:
            return confirm(visitor, code(secret))
        return visitor.post("/users/me/otp", json={"password": PASSWORD})

    responses = at_once(20, enrol_or_confirm)

    # 400: the secret of this code has just been replaced.
    assert set(statuses(responses)) <= {200, 400, 409}
    was_confirmed = any("recovery_codes" in response.json() for response in responses)
    assert visitor.get("/users/me/otp").json()["is_enabled"] is was_confirmed


def test_an_enrolment_does_not_replace_a_factor_that_is_being_confirmed(visitor, served_database):
    enrol(visitor)
    owner = f"(SELECT id FROM accounts_user WHERE email = '{visitor.email}')"
    with ThreadPoolExecutor(1) as thread:
        with served_database.transaction() as execute:
            # As a confirmation does.
            execute(f"UPDATE accounts_secondfactor SET confirmed_at = '2026-01-05 09:00:00' WHERE user_id = {owner}")
            enrolling = thread.submit(visitor.post, "/users/me/otp", json={"password": PASSWORD})
            wait([enrolling], timeout=1)
            has_waited = not enrolling.done()
        response = enrolling.result()

    assert has_waited
    assert (response.status_code, response.json()["code"]) == (409, "otp_enabled")
    assert visitor.get("/users/me/otp").json()["is_enabled"]


def test_switching_off_while_confirming_and_logging_in_never_breaks(visitor):
    secret = enrol(visitor)

    def do(number):
        if number % 3 == 0:
            return visitor.post("/users/me/otp/disable", json={"password": PASSWORD})
        return confirm(visitor, code(secret)) if number % 3 == 1 else log_in(visitor, code(secret, 1))

    responses = at_once(24, do)

    # 403: once the factor is on, the password alone does not disable it.
    assert set(statuses(responses)) <= {200, 204, 401, 403, 409}
    confirmed = [response.json() for response in responses if "recovery_codes" in response.text]
    is_enabled = visitor.get("/users/me/otp").json()["is_enabled"]
    assert confirmed or not is_enabled
    assert log_in(visitor, confirmed[0]["recovery_codes"][0] if is_enabled else "").status_code == 200


def test_20_concurrent_wrong_codes_do_not_exceed_the_limit(strict_product):
    with logged_in(strict_product) as owner:
        confirm(owner, code(enrol(owner)))

        responses = at_once(20, lambda _: log_in(owner, "no code"))

    assert statuses(responses) == {401: 10, 429: 10}
