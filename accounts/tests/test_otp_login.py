"""POST /login with a second factor."""

import pytest

from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.password_change import replace_password
from accounts.models import SecondFactor, Session
from accounts.tests.account_requests import CREDENTIALS
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import log_in_with_code, switch_on, unlike
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("at_nine")

FORM = "application/x-www-form-urlencoded"
# Time and code from RFC 6238, appendix B, cut to the six digits of RFC 4226.
VECTORS = [
    ("1970-01-01T00:00:59Z", "287082"),
    ("2005-03-18T01:58:29Z", "081804"),
    ("2005-03-18T01:58:31Z", "050471"),
    ("2009-02-13T23:31:30Z", "005924"),
    ("2033-05-18T03:33:20Z", "279037"),
]


def test_a_right_password_alone_is_asked_for_a_code(client, secret):
    response = client.post("/login", CREDENTIALS, headers={"X-Request-ID": "42"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Send the password again, together with a one-time code in `otp`.",
        "code": "mfa_required",
        "request_id": "42",
        "errors": [],
        "error": "mfa_required",
        "error_description": "Send the password again, together with a one-time code in `otp`.",
    }
    assert not Session.objects.exists()


def test_password_and_code_log_in(client, secret):
    response = log_in_with_code(client, code(secret))

    assert response.status_code == 200
    token = response.json()["access_token"]
    assert client.get("/users/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_form_can_contain_a_code(client, secret):
    body = f"grant_type=password&username=alice%40example.com&password=correct+horse+battery&otp={code(secret)}"

    assert client.post("/login", body, content_type=FORM).status_code == 200


def test_a_multipart_form_can_contain_a_code(client, secret):
    assert client.post("/login", {**CREDENTIALS, "otp": code(secret)}, format="multipart").status_code == 200


@pytest.mark.usefixtures("_secret_of_the_standard")
@pytest.mark.parametrize(("moment", "digits"), VECTORS)
def test_the_codes_are_those_of_the_standard(alice, time_machine, moment, digits):
    time_machine.move_to(moment, tick=False)

    assert SecondFactor.objects.enrol(alice).confirm(digits)


def test_a_wrong_code_is_refused(client, secret):
    response = log_in_with_code(client, unlike(code(secret)))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    body = response.json()
    assert (body["code"], body["error"]) == ("invalid_otp", "mfa_required")
    assert not Session.objects.exists()


def test_a_code_works_once(client, secret):
    otp = code(secret)

    assert log_in_with_code(client, otp).status_code == 200
    assert log_in_with_code(client, otp).json()["code"] == "invalid_otp"


def test_the_code_that_confirmed_the_app_cannot_log_in(client, alice):
    factor = SecondFactor.objects.enrol(alice)
    otp = code(factor.secret)
    factor.confirm(otp)

    assert log_in_with_code(client, otp).status_code == 401


@pytest.mark.parametrize("steps", [0, 1])
def test_a_code_of_a_clock_half_a_minute_ahead_is_accepted(client, secret, steps):
    assert log_in_with_code(client, code(secret, steps)).status_code == 200


def test_a_code_of_a_clock_half_a_minute_behind_is_accepted(client, secret, time_machine):
    time_machine.shift(30)

    assert log_in_with_code(client, code(secret, -1)).status_code == 200


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_more_than_half_a_minute_away_is_refused(client, secret, time_machine, steps):
    time_machine.shift(300)

    assert log_in_with_code(client, code(secret, steps)).status_code == 401


def test_an_earlier_code_is_refused_after_a_later_one(client, secret, time_machine):
    time_machine.shift(60)

    assert log_in_with_code(client, code(secret, 1)).status_code == 200
    assert log_in_with_code(client, code(secret, 0)).status_code == 401
    assert log_in_with_code(client, code(secret, -1)).status_code == 401


def test_after_a_code_the_next_one_works(client, secret, time_machine):
    log_in_with_code(client, code(secret))
    time_machine.shift(30)

    assert log_in_with_code(client, code(secret)).status_code == 200


@pytest.mark.parametrize("otp", [None, "", "123456"])
def test_a_wrong_password_does_not_reveal_that_a_code_is_needed(client, secret, bob, otp):
    named, sent = {"X-Request-ID": "same"}, {"password": "wrong"} if otp is None else {"password": "wrong", "otp": otp}

    on = client.post("/login", {"username": "alice@example.com", **sent}, headers=named)
    off = client.post("/login", {"username": "bob@example.com", **sent}, headers=named)
    unknown = client.post("/login", {"username": "nobody@example.com", **sent}, headers=named)

    assert on.json()["code"] == "invalid_grant"
    assert (on.status_code, on.content) == (off.status_code, off.content) == (unknown.status_code, unknown.content)
    assert on.headers == off.headers == unknown.headers


def test_a_wrong_password_does_not_use_up_the_code(client, secret):
    otp = code(secret)

    assert log_in_with_code(client, otp, password="wrong").json()["code"] == "invalid_grant"
    assert log_in_with_code(client, otp).status_code == 200


def test_a_wrong_password_costs_as_many_queries_with_the_second_factor_as_without(
    client, secret, bob, django_assert_num_queries
):
    with django_assert_num_queries(2):
        client.post("/login", {"username": "alice@example.com", "password": "wrong", "otp": "123456"})
    with django_assert_num_queries(2):
        client.post("/login", {"username": "bob@example.com", "password": "wrong", "otp": "123456"})


def test_a_deactivated_account_is_not_asked_for_a_code(client, secret, alice):
    deactivate(alice)

    assert log_in_with_code(client).json()["code"] == "invalid_grant"
    assert log_in_with_code(client, code(secret)).json()["code"] == "invalid_grant"


def test_a_code_is_ignored_without_a_second_factor(client, alice):
    assert log_in_with_code(client, "123456").status_code == 200


def test_an_unconfirmed_factor_does_not_ask_for_a_code(client, alice):
    SecondFactor.objects.enrol(alice)

    assert log_in_with_code(client).status_code == 200


def test_the_code_of_another_account_is_refused(client, secret, bob):
    theirs, _ = switch_on(bob)

    assert log_in_with_code(client, code(theirs)).status_code == 401


def test_a_new_password_does_not_disable_the_second_factor(client, secret, alice):
    replace_password(alice, "staple battery horse")

    assert log_in_with_code(client, password="staple battery horse").json()["code"] == "mfa_required"
    assert log_in_with_code(client, code(secret), password="staple battery horse").status_code == 200


def test_reactivating_keeps_the_second_factor(client, secret, alice):
    deactivate(alice)
    reactivate(alice)

    assert log_in_with_code(client).json()["code"] == "mfa_required"


def test_no_log_holds_a_code_or_a_secret(as_user, client, alice, caplog):
    caplog.set_level("DEBUG")
    enrolment = as_user(alice).post("/users/me/otp", {"password": PASSWORD}).json()
    factor = SecondFactor.objects.get()
    otp = code(factor.secret)
    codes = as_user(alice).post("/users/me/otp/confirm", {"otp": otp}).json()["recovery_codes"]
    log_in_with_code(client, codes[0])

    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "/users/me/otp/confirm" in logged
    assert [text for text in (enrolment["secret"], otp, codes[0], "otpauth") if text in logged] == []
