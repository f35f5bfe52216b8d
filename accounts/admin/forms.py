"""The forms of the admin for accounts and passwords."""

import math
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPasswordChangeForm
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from accounts.authentication.one_time_codes import require_code
from accounts.authentication.passwords import normalize_password
from accounts.authentication.security_log import SecurityEvent, log_event, log_event_for_email
from accounts.exceptions import CodeMissing, CodeWrong
from accounts.flows.log_in import record_admin_log_in
from accounts.flows.password_change import replace_password
from accounts.models import User
from accounts.models.email_address import clean_email, trim_address
from accounts.models.otp import OTP_MAX_LENGTH
from accounts.throttling import Attempt, get_client_address, login_allowance, login_attempt


def throttled_error(wait: int) -> ValidationError:
    minutes = math.ceil(wait / 60)
    message = f"Too many attempts: wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."
    return ValidationError(message, code="throttled")


class StaffLoginForm(AdminAuthenticationForm):
    """Attempts share their counters with `POST /login`, so that an attacker cannot guess twice as often."""

    otp = forms.CharField(
        label="One-time code",
        max_length=OTP_MAX_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        help_text="Only if you have turned two-factor authentication on.",
    )

    class Media:
        css = {"all": ["accounts/login.css"]}

    # Seconds until the next attempt is allowed, if there were too many.
    wait = 0

    def clean(self) -> dict[str, Any]:  # Any: Django's signature
        if not {"username", "password"} <= self.cleaned_data.keys():
            return super().clean()
        assert self.request is not None  # noqa: S101  # optional only in Django's signature
        try:
            email = self.cleaned_data["username"]
            with login_attempt(self.request, email) as attempt, login_allowance(email) as allowance:
                cleaned = self.check_credentials(attempt)
                allowance.keep()
                self.record_log_in(self.get_user())
                return cleaned
        except Throttled as error:
            self.wait = math.ceil(error.wait)  # type: ignore[attr-defined]  # missing in the stubs
        raise throttled_error(self.wait)

    def record_log_in(self, user: User) -> None:
        assert self.request is not None  # noqa: S101  # as above
        log_event(SecurityEvent.LOGIN_SUCCEEDED, user.pk)
        record_admin_log_in(user, self.request.headers.get("User-Agent", ""), get_client_address(self.request))

    def check_credentials(self, attempt: Attempt) -> dict[str, Any]:  # Any: as above
        try:
            cleaned = super().clean()
        except ValidationError:
            attempt.mark_failed()
            log_event_for_email(SecurityEvent.LOGIN_FAILED, self.cleaned_data["username"])
            raise
        self.check_code(attempt)
        return cleaned

    def check_code(self, attempt: Attempt) -> None:
        """Check the code after the password: only users who know the password may learn whether a code is required."""
        assert self.request is not None  # noqa: S101  # as above
        try:
            factor = require_code(self.request, attempt, self.get_user(), self.cleaned_data.get("otp", ""))
        except CodeMissing:
            raise ValidationError("Enter your password again, and a one-time code.", code="mfa_required") from None
        except CodeWrong:
            log_event(SecurityEvent.LOGIN_FAILED, self.get_user().pk)
            raise ValidationError("This one-time code is wrong or was used before.", code="invalid_otp") from None
        # The site stores it in the session, which begins after this form.
        self.request.second_factor = factor  # type: ignore[attr-defined]  # an attribute of our own


class AddressField(forms.EmailField):
    def to_python(self, value: Any) -> str:  # Any: Django's signature
        return trim_address(super().to_python(value) or "")


class TypedTwice:
    """For forms with a password that is typed twice: compares both in one form of Unicode, as at the login."""

    cleaned_data: dict[str, Any]  # Any: as above

    def validate_passwords(self, first: str = "password1", second: str = "password2", *others: str) -> None:
        typed, again = self.cleaned_data.get(first), self.cleaned_data.get(second)
        if typed and again and normalize_password(typed) == normalize_password(again):
            self.cleaned_data[second] = typed
        super().validate_passwords(first, second, *others)  # type: ignore[misc]  # of Django's form


class NewUserForm(TypedTwice, BaseUserCreationForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    class Meta:
        model = User
        fields = ["email"]
        field_classes = {"email": AddressField}

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])

    def save(self, commit: bool = True) -> User:
        """Return the unsaved account. `UserAdmin.add_view` hashes the password before the transaction begins."""
        user: User = ModelForm.save(self, commit=False)
        return user


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"email": AddressField}

    def clean_email(self) -> str:
        """Validate the address if it was changed. Older accounts can have one that would no longer be accepted."""
        email: str = self.cleaned_data["email"]
        return email if email == self.initial["email"] else clean_email(email)


class SetPasswordForm(TypedTwice, AdminPasswordChangeForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    """Set or disable the password of another account."""

    usable_password_help_text = "Disabled: nobody can log in to this account until a password is set."  # noqa: S105

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        usable = self.cleaned_data["set_usable_password"]
        replace_password(user, self.cleaned_data["password1"] if usable else None, is_reset=True)
        log_event(SecurityEvent.PASSWORD_CHANGED, user.pk)
        return user


class OwnPasswordForm(TypedTwice, OwnPasswordChangeForm):
    """Change the user's own password. A wrong current password counts like a wrong one at the login."""

    def __init__(self, *arguments: Any, request: HttpRequest, **options: Any) -> None:  # Any: Django's signature
        self.request = request
        super().__init__(*arguments, **options)

    def clean_old_password(self) -> str:
        try:
            with login_attempt(self.request, self.user.email) as attempt:
                return self.check_old_password(attempt)
        except Throttled as error:
            wait = math.ceil(error.wait)  # type: ignore[attr-defined]  # missing in the stubs
        raise throttled_error(wait)

    def check_old_password(self, attempt: Attempt) -> str:
        try:
            return super().clean_old_password()
        except ValidationError:
            attempt.mark_failed()
            log_event(SecurityEvent.REAUTHENTICATION_FAILED, self.user.pk)
            raise

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        replace_password(user, self.cleaned_data["new_password1"])
        log_event(SecurityEvent.PASSWORD_CHANGED, user.pk)
        return user
