"""Turn the second factor of an account on and off."""

from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import CodeWrong
from accounts.mail import send_notice
from accounts.models import SecondFactor, User
from accounts.throttling import login_attempt


def confirm_second_factor(request: Request | HttpRequest, user: User, otp: str) -> list[str]:
    """Turn the pending factor on with a code from the app, and notify the owner. Return the recovery codes.

    Raises `SecondFactor.DoesNotExist` if none is pending, `CodeWrong` and `Throttled`. A wrong code counts like a wrong
    password.
    """
    factor = SecondFactor.objects.of(user).pending().get()
    with login_attempt(request, user.email) as attempt:
        with transaction.atomic():
            codes = factor.confirm(otp)
            if codes is not None:
                send_notice(user, "otp_enabled")
        if codes is None:
            attempt.mark_failed()
            raise CodeWrong
    log_event(SecurityEvent.OTP_ENABLED, user.pk)
    return codes


def disable_second_factor(user: User) -> bool:
    """Delete the account's factor, and notify the owner. Return whether it was on."""
    with transaction.atomic():
        was_on = SecondFactor.objects.disable(user)
        if was_on:
            send_notice(user, "otp_disabled")
    if was_on:
        log_event(SecurityEvent.OTP_DISABLED, user.pk)
    return was_on
