"""The question for a one-time code, at the log-in of the API and at that of the admin."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import SecondFactor, User
from accounts.throttling import Attempt, account_key
from notes_api.environment import Rate

# Three codes of a million are good at any moment. A year of guessing at the rate of THROTTLE_LOGIN would find one with
# a probability of 65 %, at this rate of 10 %. (NIST SP 800-63B-3, section 5.2.2, would shut the account for good.)
WRONG_CODES = Rate(100, 86400)


class CodeMissing(Exception):
    """The account asks for a one-time code, and none was given."""


class CodeWrong(Exception):
    """This is no code of the account, or it was used before."""


def ask_for_code(request: Request | HttpRequest, attempt: Attempt, user: User, otp: str) -> None:
    """Pass whom this account lets in with this code, which is used up; to be called after a right password only.

    Raises `CodeMissing`, `CodeWrong` and `Throttled`. A wrong code counts like a wrong password. A missing one does
    not: it is no guess, and the first half of an honest log-in in two steps.
    """
    factor = SecondFactor.objects.of(user).on().first()
    if factor is None:
        return
    if not otp:
        raise CodeMissing
    attempt.count(code_rates(request, user))
    if not factor.accept(otp):
        attempt.failed()
        raise CodeWrong


def code_rates(request: Request | HttpRequest, user: User) -> dict[str, Rate]:
    """What a code counts for beside the log-in that it is part of."""
    return {f"otp:{account_key(request, user.email)}": WRONG_CODES} if settings.THROTTLE_LOGIN else {}
