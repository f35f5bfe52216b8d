"""POST /login where the second factor is on."""

import pytest

from accounts.models import SecondFactor, Session
from accounts.models.otp import cleaned
from accounts.tests.authenticator import code
from accounts.tests.codes import START, switch_on, unlike
from conftest import PASSWORD

FORM = "application/x-www-form-urlencoded"
CREDENTIALS = {"username": "alice@example.com", "password": PASSWORD}
# RFC 6238, appendix B, cut to the six digits of RFC 4226: time and code.
VECTORS = [
    ("1970-01-01T00:00:59Z", "287082"),
    ("2005-03-18T01:58:29Z", "081804"),
    ("2005-03-18T01:58:31Z", "050471"),
    ("2009-02-13T23:31:30Z", "005924"),
    ("2033-05-18T03:33:20Z", "279037"),
]


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def secret(alice):
    """The second factor of Alice is on, and her app knows this."""
    return switch_on(alice)[0]


@pytest.fixture
def recovery_codes(alice):
    """The second factor of Alice is on, and she wrote these down."""
    return switch_on(alice)[1]


@pytest.fixture
def _secret_of_the_standard(monkeypatch):
    monkeypatch.setattr("secrets.token_bytes", lambda count: b"12345678901234567890"[:count])


def log_in(client, otp=None, **members):
    return client.post("/login", {**CREDENTIALS, **({} if otp is None else {"otp": otp}), **members})


def test_a_right_password_alone_is_asked_for_a_code(client, secret):
    response = client.post("/login", CREDENTIALS, headers={"X-Request-ID": "42"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Send the password again, with a one-time code as `otp`.",
        "code": "mfa_required",
        "request_id": "42",
        "errors": [],
        "error": "mfa_required",
        "error_description": "Send the password again, with a one-time code as `otp`.",
    }
    assert not Session.objects.exists()


def test_password_and_code_log_in(client, secret):
    response = log_in(client, code(secret))

    assert response.status_code == 200
    token = response.json()["access_token"]
    assert client.get("/users/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_form_takes_a_code(client, secret):
    body = f"grant_type=password&username=alice%40example.com&password=correct+horse+battery&otp={code(secret)}"

    assert client.post("/login", body, content_type=FORM).status_code == 200


def test_a_multipart_form_takes_a_code(client, secret):
    assert client.post("/login", {**CREDENTIALS, "otp": code(secret)}, format="multipart").status_code == 200


@pytest.mark.usefixtures("_secret_of_the_standard")
@pytest.mark.parametrize(("moment", "digits"), VECTORS)
def test_the_codes_are_those_of_the_standard(alice, time_machine, moment, digits):
    time_machine.move_to(moment, tick=False)

    assert SecondFactor.objects.enrol(alice).confirm(digits)


def test_a_wrong_code_is_refused(client, secret):
    response = log_in(client, unlike(code(secret)))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    body = response.json()
    assert (body["code"], body["error"]) == ("invalid_otp", "mfa_required")
    assert not Session.objects.exists()


def test_a_code_works_once(client, secret):
    otp = code(secret)

    assert log_in(client, otp).status_code == 200
    assert log_in(client, otp).json()["code"] == "invalid_otp"


def test_a_code_that_confirmed_the_app_logs_nobody_in(client, alice):
    factor = SecondFactor.objects.enrol(alice)
    otp = code(factor.secret)
    factor.confirm(otp)

    assert log_in(client, otp).status_code == 401


@pytest.mark.parametrize("steps", [0, 1])
def test_a_clock_may_be_half_a_minute_fast(client, secret, steps):
    assert log_in(client, code(secret, steps)).status_code == 200


def test_a_clock_may_be_half_a_minute_slow(client, secret, time_machine):
    time_machine.shift(30)

    assert log_in(client, code(secret, -1)).status_code == 200


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_more_than_half_a_minute_away_is_refused(client, secret, time_machine, steps):
    time_machine.shift(300)

    assert log_in(client, code(secret, steps)).status_code == 401


def test_after_a_code_none_from_before_it_works(client, secret, time_machine):
    time_machine.shift(60)

    assert log_in(client, code(secret, 1)).status_code == 200
    assert log_in(client, code(secret, 0)).status_code == 401
    assert log_in(client, code(secret, -1)).status_code == 401


def test_after_a_code_the_next_one_works(client, secret, time_machine):
    log_in(client, code(secret))
    time_machine.shift(30)

    assert log_in(client, code(secret)).status_code == 200


@pytest.mark.parametrize("pattern", ["{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\u00a0{1}", "{0}\t{1}\n"])
def test_a_code_may_be_typed_with_spaces(client, secret, pattern):
    digits = code(secret)

    assert log_in(client, pattern.format(digits[:3], digits[3:])).status_code == 200


def in_other_digits(digits, zero):
    return "".join(chr(zero + int(digit)) for digit in digits)


@pytest.mark.parametrize("zero", [0x660, 0x966, 0xFF10, 0x1D7CE], ids=["Arabic", "Devanagari", "full width", "bold"])
def test_digits_of_other_scripts_are_no_code(client, secret, zero):
    assert log_in(client, in_other_digits(code(secret), zero)).json()["code"] == "invalid_otp"


@pytest.mark.parametrize("pattern", ["{0}0", "0{0}", "+{0}", "-{0}.0", "{0}e0", "0x{0}", "{0},", "{0}{0}", "{0}\u200b"])
def test_a_code_has_six_digits_and_nothing_else(client, secret, pattern):
    assert log_in(client, pattern.format(code(secret))).json()["code"] == "invalid_otp"


@pytest.mark.usefixtures("_secret_of_the_standard")
def test_leading_zeros_belong_to_the_code(client, alice, time_machine):
    time_machine.move_to("2009-02-13T23:31:30Z", tick=False)
    switch_on(alice)

    assert log_in(client, "5924").status_code == 401
    assert log_in(client, "005924").status_code == 200


@pytest.mark.parametrize("otp", [123456, 0, False, True, ["123456"], {}, None, "1" * 65, "1\x0023456"])
def test_what_is_no_text_is_an_invalid_request(client, secret, otp):
    response = client.post("/login", {**CREDENTIALS, "otp": otp})

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("otp", [123456, ["123456"], "1" * 65])
def test_what_is_no_text_is_refused_alike_for_accounts_that_are_not_there(client, secret, otp):
    named = {"X-Request-ID": "same"}

    there = client.post("/login", {**CREDENTIALS, "otp": otp}, headers=named)
    not_there = client.post("/login", {"username": "nobody@example.com", "password": "x", "otp": otp}, headers=named)

    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)


def test_an_empty_code_counts_as_none(client, secret):
    assert log_in(client, "").json()["code"] == "mfa_required"


@pytest.mark.parametrize("otp", [None, "", "123456"])
def test_without_the_password_nobody_learns_that_a_code_is_asked_for(client, secret, bob, otp):
    named, sent = {"X-Request-ID": "same"}, {"password": "wrong"} if otp is None else {"password": "wrong", "otp": otp}

    on = client.post("/login", {"username": "alice@example.com", **sent}, headers=named)
    off = client.post("/login", {"username": "bob@example.com", **sent}, headers=named)
    unknown = client.post("/login", {"username": "nobody@example.com", **sent}, headers=named)

    assert on.json()["code"] == "invalid_grant"
    assert (on.status_code, on.content) == (off.status_code, off.content) == (unknown.status_code, unknown.content)
    assert on.headers == off.headers == unknown.headers


def test_a_wrong_password_with_a_right_code_uses_the_code_not_up(client, secret):
    otp = code(secret)

    assert log_in(client, otp, password="wrong").json()["code"] == "invalid_grant"
    assert log_in(client, otp).status_code == 200


def test_a_wrong_password_costs_as_many_queries_with_the_second_factor_as_without(
    client, secret, bob, django_assert_num_queries
):
    with django_assert_num_queries(1):
        client.post("/login", {"username": "alice@example.com", "password": "wrong", "otp": "123456"})
    with django_assert_num_queries(1):
        client.post("/login", {"username": "bob@example.com", "password": "wrong", "otp": "123456"})


def test_a_deactivated_account_is_asked_for_no_code(client, secret, alice):
    alice.deactivate()

    assert log_in(client).json()["code"] == "invalid_grant"
    assert log_in(client, code(secret)).json()["code"] == "invalid_grant"


def test_where_it_is_off_a_code_is_ignored(client, alice):
    assert log_in(client, "123456").status_code == 200


def test_what_is_not_confirmed_asks_for_nothing(client, alice):
    SecondFactor.objects.enrol(alice)

    assert log_in(client).status_code == 200


def test_the_code_of_another_account_is_none(client, secret, bob):
    theirs, _ = switch_on(bob)

    assert log_in(client, code(theirs)).status_code == 401


def test_a_recovery_code_logs_in_once(client, recovery_codes, as_user, alice):
    assert log_in(client, recovery_codes[3]).status_code == 200
    assert log_in(client, recovery_codes[3]).json()["code"] == "invalid_otp"
    assert as_user(alice).get("/users/me/otp").json() == {"is_enabled": True, "recovery_codes_left": 9}


def test_every_recovery_code_works(client, recovery_codes):
    assert [log_in(client, one).status_code for one in recovery_codes] == [200] * 10
    assert log_in(client).json()["code"] == "mfa_required"


@pytest.mark.parametrize("change", [str.upper, cleaned, lambda text: text.replace("-", " "), lambda text: f" {text} "])
def test_a_recovery_code_may_be_typed_otherwise(client, recovery_codes, change):
    assert log_in(client, change(recovery_codes[0])).status_code == 200


def test_a_recovery_code_is_for_its_own_account(client, recovery_codes, bob):
    _, theirs = switch_on(bob)

    assert log_in(client, theirs[0]).status_code == 401


def test_half_a_recovery_code_is_none(client, recovery_codes):
    assert log_in(client, recovery_codes[0][:9]).status_code == 401


def test_the_digest_of_a_recovery_code_is_none(client, recovery_codes):
    assert log_in(client, SecondFactor.objects.get().recovery_digests[0]).status_code == 401


def test_a_new_password_does_not_switch_it_off(client, secret, alice):
    alice.replace_password("staple battery horse")

    assert log_in(client, password="staple battery horse").json()["code"] == "mfa_required"
    assert log_in(client, code(secret), password="staple battery horse").status_code == 200


def test_reactivating_does_not_switch_it_off(client, secret, alice):
    alice.deactivate()
    alice.reactivate()

    assert log_in(client).json()["code"] == "mfa_required"


def test_no_log_holds_a_code_or_a_secret(as_user, client, alice, caplog):
    caplog.set_level("DEBUG")
    enrolment = as_user(alice).post("/users/me/otp", {"password": PASSWORD}).json()
    factor = SecondFactor.objects.get()
    otp = code(factor.secret)
    codes = as_user(alice).post("/users/me/otp/confirm", {"otp": otp}).json()["recovery_codes"]
    log_in(client, codes[0])

    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "/users/me/otp/confirm" in logged
    assert [text for text in (enrolment["secret"], otp, codes[0], "otpauth") if text in logged] == []
