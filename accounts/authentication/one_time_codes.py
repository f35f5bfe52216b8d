"""Require a one-time code at the login of the API and of the admin."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.exceptions import CodeMissing, CodeWrong
from accounts.mail import send_notice
from accounts.models import SecondFactor, User
from accounts.throttling import Attempt, get_account_key
from notes_api.config.rate import Rate

# At any moment, three of a million codes are valid. A year of guessing at the rate of THROTTLE_LOGIN finds one with a
# probability of 65 %, at this rate 10 %. (NIST SP 800-63B-3, section 5.2.2, would lock the account permanently.)
WRONG_CODES = Rate(100, 86400)


def require_code(request: Request | HttpRequest, attempt: Attempt, user: User, otp: str) -> SecondFactor | None:
    """Use up this one-time code if the account's second factor is on, and return the factor.

    Call it only after a correct password.

    Raises `CodeMissing`, `CodeWrong` and `Throttled`. A wrong code counts like a wrong password. A missing code is
    not counted: it is not a guess, but the first step of a login in two steps.
    """
    factor = SecondFactor.objects.of(user).on().first()
    if factor is None:
        return None
    if not otp:
        raise CodeMissing
    attempt.reserve(get_code_rates(request, user))
    left = factor.recovery_codes_left
    with transaction.atomic():
        is_accepted = factor.accept(otp)
        if factor.recovery_codes_left < left:
            send_notice(user, "recovery_code_used", left=factor.recovery_codes_left)
    if not is_accepted:
        attempt.mark_failed()
        raise CodeWrong
    return factor


def get_code_rates(request: Request | HttpRequest, user: User) -> dict[str, Rate]:
    """Return the limit on codes, which applies in addition to the limits of the login attempt."""
    return {f"otp:{get_account_key(request, user.email)}": WRONG_CODES} if settings.THROTTLE_LOGIN else {}
