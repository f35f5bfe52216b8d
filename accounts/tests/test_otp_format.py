"""The form of a one-time code."""

import pytest

from accounts.tests.account_requests import CREDENTIALS
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import log_in_with_code, switch_on

pytestmark = pytest.mark.usefixtures("at_nine")


@pytest.mark.parametrize(
    "pattern",
    [
        "{0} {1}",
        " {0}{1} ",
        "{0}-{1}",
        "{0}\u00a0{1}",
        "{0}\t{1}\n",
        "{0}\u2013{1}",
        "{0}\u2011{1}",
        "{0}\u3000{1}",
        "\ufeff{0}{1}",
        "{0}\u200b{1}\u200e",
    ],
)
def test_a_code_may_be_typed_with_spaces(client, secret, pattern):
    digits = code(secret)

    assert log_in_with_code(client, pattern.format(digits[:3], digits[3:])).status_code == 200


def in_other_digits(digits, zero):
    return "".join(chr(zero + int(digit)) for digit in digits)


@pytest.mark.parametrize("zero", [0x660, 0x966, 0xFF10, 0x1D7CE], ids=["Arabic", "Devanagari", "full width", "bold"])
def test_digits_of_any_script_are_accepted(client, secret, zero):
    assert log_in_with_code(client, in_other_digits(code(secret), zero)).status_code == 200


def test_a_code_in_other_digits_is_used_up(client, secret):
    log_in_with_code(client, in_other_digits(code(secret), 0x660))

    assert log_in_with_code(client, code(secret)).json()["code"] == "invalid_otp"


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace("-", "\u2013"),
        lambda text: f"\u200e {text}\u00a0",
        lambda text: text.replace("-", ""),
        lambda text: "".join(chr(ord(each) + 0xFEE0) for each in text),
    ],
)
def test_a_recovery_code_may_be_typed_on_any_keyboard(client, alice, change):
    _, codes = switch_on(alice)

    assert log_in_with_code(client, change(codes[0])).status_code == 200


def test_a_code_has_six_digits_and_nothing_else(client, secret, subtests):
    for pattern in ["{0}0", "0{0}", "+{0}", "-{0}.0", "{0}e0", "0x{0}", "{0},", "{0}{0}", "{0}\u00bd"]:
        with subtests.test(pattern=pattern):
            assert log_in_with_code(client, pattern.format(code(secret))).json()["code"] == "invalid_otp"


@pytest.mark.usefixtures("_secret_of_the_standard")
def test_leading_zeros_belong_to_the_code(client, alice, time_machine):
    time_machine.move_to("2009-02-13T23:31:30Z", tick=False)
    switch_on(alice)

    assert log_in_with_code(client, "5924").status_code == 401
    assert log_in_with_code(client, "005924").status_code == 200


def test_a_value_that_is_not_text_is_an_invalid_request(client, secret, subtests):
    for otp in [123456, 0, False, True, ["123456"], {}, None, "1" * 65, "1\x0023456"]:
        with subtests.test(otp=otp):
            response = client.post("/login", {**CREDENTIALS, "otp": otp})

            assert response.status_code == 400
            assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("otp", [123456, ["123456"], "1" * 65])
def test_text_that_is_not_unicode_is_refused_equally_for_unknown_accounts(client, secret, otp):
    named = {"X-Request-ID": "same"}

    there = client.post("/login", {**CREDENTIALS, "otp": otp}, headers=named)
    not_there = client.post("/login", {"username": "nobody@example.com", "password": "x", "otp": otp}, headers=named)

    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)


def test_an_empty_code_is_a_missing_code(client, secret):
    assert log_in_with_code(client, "").json()["code"] == "mfa_required"
