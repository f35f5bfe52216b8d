"""Accounts with a second factor."""

import base64

from accounts.models import SecondFactor
from accounts.tests.account_requests import CREDENTIALS
from accounts.tests.authenticator_app import code
from conftest import PASSWORD


def switch_on(user):
    """Enable the second factor; return its secret and recovery codes. The previous code of the app is used up."""
    factor = SecondFactor.objects.enrol(user)
    return factor.secret, factor.confirm(code(factor.secret, -1))


def unlike(digits):
    """Return six digits that are another code."""
    return f"{(int(digits) + 500_000) % 10**6:06}"


def enrol(client, password=PASSWORD):
    return client.post("/users/me/otp", {"password": password})


def confirm(client, otp):
    return client.post("/users/me/otp/confirm", {"otp": otp})


def secret_in(enrolment):
    """Decode the secret as the app does when it is typed."""
    return base64.b32decode(enrolment.json()["secret"])


def log_in_with_code(client, otp=None, **members):
    return client.post("/login", {**CREDENTIALS, **({} if otp is None else {"otp": otp}), **members})
