"""The second factor that the admin requires of staff (ADMIN_REQUIRES_OTP), and the page where staff enrol it."""

import math
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from rest_framework.exceptions import Throttled

from accounts.admin.forms import throttled_error
from accounts.authentication.otpauth import build_otpauth_uri, encode_secret, render_qr_svg
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import AccountErased, CodeWrong, SecondFactorIsOn
from accounts.flows.second_factor import confirm_second_factor
from accounts.models import SecondFactor, User
from accounts.models.otp import OTP_MAX_LENGTH
from accounts.throttling import login_attempt

# The `confirmed_at` of the factor that a session of the admin has satisfied. It identifies the factor.
SESSION_KEY = "factor_confirmed_at"


def is_required() -> bool:
    """Whether staff need a second factor: by default, once any active staff account has one."""
    if settings.ADMIN_REQUIRES_OTP == "auto":
        return bool(User.objects.active().staff().with_second_factor().exists())
    return bool(settings.ADMIN_REQUIRES_OTP == "true")


def is_satisfied(request: HttpRequest, user: User) -> bool:
    """Whether this session of the admin has satisfied the account's present factor, or does not need to."""
    factor = SecondFactor.objects.of(user).on().first()
    if factor is not None and request.session.get(SESSION_KEY) == describe(factor):
        return True
    return not is_required()


def remember(request: HttpRequest, factor: SecondFactor) -> None:
    """Store in the session that it has satisfied the factor."""
    request.session[SESSION_KEY] = describe(factor)


def describe(factor: SecondFactor) -> str:
    return "" if factor.confirmed_at is None else factor.confirmed_at.isoformat()


class OwnAccountForm(forms.Form):
    """A form about the account of the request. Its attempts count like log-ins."""

    def __init__(self, *arguments: Any, request: HttpRequest, user: User, **options: Any) -> None:  # Any: Django's
        self.request, self.user = request, user
        super().__init__(*arguments, **options)

    def clean(self) -> dict[str, Any]:  # Any: Django's signature
        try:
            return self.check(self.cleaned_data)
        except Throttled as error:
            wait = math.ceil(error.wait)  # type: ignore[attr-defined]  # missing in the stubs
        raise throttled_error(wait)

    def check(self, values: dict[str, Any]) -> dict[str, Any]:  # Any: as above
        raise NotImplementedError


class EnrolmentForm(OwnAccountForm):
    """Requires the password: a browser that was left open must not be enough."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )
    button = "Show a QR code"

    def check(self, values: dict[str, Any]) -> dict[str, Any]:  # Any: as above
        if "password" in values:
            with login_attempt(self.request, self.user.email) as attempt:
                if not self.user.check_password(values["password"]):
                    attempt.mark_failed()
                    log_event(SecurityEvent.REAUTHENTICATION_FAILED, self.user.pk)
                    raise ValidationError("This is not your password.", code="wrong")
        return values


class CodeForm(OwnAccountForm):
    otp = forms.CharField(
        label="One-time code",
        max_length=OTP_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
    button = "Confirm"

    def check(self, values: dict[str, Any]) -> dict[str, Any]:  # Any: as above
        if "otp" in values:
            try:
                values["recovery_codes"] = confirm_second_factor(self.request, self.user, values["otp"])
            except CodeWrong:
                raise ValidationError("The code is wrong: the app shows a different one now.", code="wrong") from None
            except SecondFactor.DoesNotExist:
                raise ValidationError("The time to confirm is over. Open this page again.", code="expired") from None
        return values


def build_page(request: HttpRequest, user: User, context: dict[str, Any]) -> TemplateResponse:  # Any: of a template
    """Return the page to enrol a factor: the password first, then a code from the app, then the recovery codes."""
    if SecondFactor.objects.of(user).on().exists():
        content: dict[str, Any] = {"is_on": True, "is_satisfied": is_satisfied(request, user)}
    elif "otp" in request.POST:
        content = confirm(request, user)
    elif request.method == "POST":
        content = enrol(request, user)
    else:
        content = {"form": EnrolmentForm(request=request, user=user)}
    return TemplateResponse(request, "admin/second_factor.html", {**context, **content})


def enrol(request: HttpRequest, user: User) -> dict[str, Any]:  # Any: as above
    """Return what the page shows after the password: the secret of a new factor, and the form that confirms it."""
    form = EnrolmentForm(request.POST, request=request, user=user)
    if not form.is_valid():
        return {"form": form}
    try:
        factor = SecondFactor.objects.enrol(user)
    except (SecondFactorIsOn, AccountErased):
        return {"is_on": True}
    uri = build_otpauth_uri(factor.secret, user.email)
    shown = {"secret": encode_secret(factor.secret), "otpauth_uri": uri, "qr_svg": render_qr_svg(uri)}
    return {"form": CodeForm(request=request, user=user), **shown}


def confirm(request: HttpRequest, user: User) -> dict[str, Any]:  # Any: as above
    """Return what the page shows after the code: the recovery codes, and never again."""
    form = CodeForm(request.POST, request=request, user=user)
    if not form.is_valid():
        return {"form": form}
    request.session.cycle_key()
    remember(request, SecondFactor.objects.of(user).on().get())
    return {"recovery_codes": form.cleaned_data["recovery_codes"]}


def build_refusal(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:  # Any: as above
    """Return the page that staff get instead of any other while their session has not satisfied a factor."""
    content = {"title": "A second factor is required", "has_factor": SecondFactor.objects.of(user).on().exists()}
    response = TemplateResponse(request, "admin/second_factor_required.html", {**context, **content}, status=403)
    add_never_cache_headers(response)
    return response
