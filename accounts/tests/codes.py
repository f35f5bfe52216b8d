"""Accounts that ask for one-time codes."""

from accounts.models import SecondFactor
from accounts.tests.authenticator import code

START = "2026-01-05T09:00:00Z"


def switch_on(user):
    """The secret and the recovery codes. The code of half a minute ago has been used."""
    factor = SecondFactor.objects.enrol(user)
    return factor.secret, factor.confirm(code(factor.secret, -1))


def unlike(digits):
    """Six digits that are another code."""
    return f"{(int(digits) + 500_000) % 10**6:06}"
