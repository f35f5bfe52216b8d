"""The second factor under many clients at once, against the server as it is served."""

import base64
from collections import Counter

import pytest

from accounts.tests.authenticator import code
from notes_api.tests.serving import PASSWORD, logged_in, serving
from notes_api.tests.test_races import at_once, statuses


def enrol(client):
    """A fresh secret."""
    response = client.post("/users/me/otp", json={"password": PASSWORD})
    response.raise_for_status()
    return base64.b32decode(response.json()["secret"])


def confirm(client, otp):
    return client.post("/users/me/otp/confirm", json={"otp": otp})


def log_in(client, otp):
    return client.post("/login", data={"username": client.email, "password": PASSWORD, "otp": otp})


@pytest.fixture
def enrolled(visitor):
    """A client whose account has the second factor on, with its secret and its recovery codes."""
    visitor.secret = enrol(visitor)
    visitor.recovery_codes = confirm(visitor, code(visitor.secret)).json()["recovery_codes"]
    return visitor


def test_of_20_log_ins_with_one_code_one_succeeds(enrolled):
    otp = code(enrolled.secret, 1)

    responses = at_once(20, lambda _: log_in(enrolled, otp))

    assert statuses(responses) == {200: 1, 401: 19}
    assert Counter(response.json().get("code") for response in responses) == {None: 1, "invalid_otp": 19}


def test_of_20_log_ins_with_one_recovery_code_one_succeeds(enrolled):
    responses = at_once(20, lambda _: log_in(enrolled, enrolled.recovery_codes[0]))

    assert statuses(responses) == {200: 1, 401: 19}
    assert enrolled.get("/users/me/otp").json()["recovery_codes_left"] == 9


def test_ten_recovery_codes_at_once_all_succeed(enrolled):
    responses = at_once(10, lambda number: log_in(enrolled, enrolled.recovery_codes[number]))

    assert statuses(responses) == {200: 10}
    assert enrolled.get("/users/me/otp").json()["recovery_codes_left"] == 0


def test_of_20_confirmations_one_shows_recovery_codes_that_work(visitor):
    secret = enrol(visitor)

    responses = at_once(20, lambda _: confirm(visitor, code(secret)))

    assert statuses(responses) == {200: 1, 409: 19}
    winner = next(response for response in responses if response.status_code == 200)
    assert log_in(visitor, winner.json()["recovery_codes"][0]).status_code == 200


def test_of_20_enrolments_the_secret_of_one_can_be_confirmed(visitor):
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

    # 400: of the secret that has just replaced the one whose code this is.
    assert set(statuses(responses)) <= {200, 400, 409}
    was_confirmed = any("recovery_codes" in response.json() for response in responses)
    assert visitor.get("/users/me/otp").json()["is_enabled"] is was_confirmed


def test_switching_off_while_confirming_and_logging_in_never_breaks(visitor):
    secret = enrol(visitor)

    def do(number):
        if number % 3 == 0:
            return visitor.post("/users/me/otp/disable", json={"password": PASSWORD})
        return confirm(visitor, code(secret)) if number % 3 == 1 else log_in(visitor, code(secret, 1))

    responses = at_once(24, do)

    assert set(statuses(responses)) <= {200, 204, 401, 409}
    visitor.post("/users/me/otp/disable", json={"password": PASSWORD})
    assert log_in(visitor, "").status_code == 200


@pytest.fixture(scope="module")
def strict_product(served_database):
    with serving(served_database, THROTTLE_LOGIN="10/15m") as server:
        yield server


def test_of_20_wrong_codes_at_once_as_many_are_heard_as_are_allowed(strict_product):
    with logged_in(strict_product) as owner:
        confirm(owner, code(enrol(owner)))

        responses = at_once(20, lambda _: log_in(owner, "no code"))

    assert statuses(responses) == {401: 10, 429: 10}
