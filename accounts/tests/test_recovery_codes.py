"""POST /login with a recovery code."""

import pytest

from accounts.models import SecondFactor
from accounts.models.otp import normalize_code
from accounts.tests.second_factors import log_in_with_code, switch_on

pytestmark = pytest.mark.usefixtures("at_nine")


def test_a_recovery_code_logs_in_once(client, recovery_codes, as_user, alice):
    assert log_in_with_code(client, recovery_codes[3]).status_code == 200
    assert log_in_with_code(client, recovery_codes[3]).json()["code"] == "invalid_otp"
    assert as_user(alice).get("/users/me/otp").json() == {"is_enabled": True, "recovery_codes_left": 9}


def test_every_recovery_code_works(client, recovery_codes):
    assert [log_in_with_code(client, one).status_code for one in recovery_codes] == [200] * 10
    assert log_in_with_code(client).json()["code"] == "mfa_required"


@pytest.mark.parametrize(
    "change", [str.upper, normalize_code, lambda text: text.replace("-", " "), lambda text: f" {text} "]
)
def test_a_recovery_code_may_be_typed_in_capitals_or_without_hyphens(client, recovery_codes, change):
    assert log_in_with_code(client, change(recovery_codes[0])).status_code == 200


def test_a_recovery_code_is_for_its_own_account(client, recovery_codes, bob):
    _, theirs = switch_on(bob)

    assert log_in_with_code(client, theirs[0]).status_code == 401


def test_half_a_recovery_code_is_refused(client, recovery_codes):
    assert log_in_with_code(client, recovery_codes[0][:9]).status_code == 401


def test_the_digest_of_a_recovery_code_is_refused(client, recovery_codes):
    assert log_in_with_code(client, SecondFactor.objects.get().recovery_digests[0]).status_code == 401
