"""The forms of the admin: every write goes through the verbs of the model."""

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

from accounts.emails import clean_email
from accounts.models import User
from accounts.models.otp import OTP_MAX_LENGTH
from accounts.otp import CodeMissing, CodeWrong, ask_for_code
from accounts.throttling import Attempt, login_attempt


def too_many_tries(wait: int) -> ValidationError:
    minutes = math.ceil(wait / 60)
    sentence = f"Too many tries: wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."
    return ValidationError(sentence, code="throttled")


class StaffLoginForm(AdminAuthenticationForm):
    """Counts tries together with those of `POST /login`, so that nobody can guess on at the other door."""

    otp = forms.CharField(
        label="One-time code",
        max_length=OTP_MAX_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        help_text="Only if you have switched two-factor authentication on.",
    )

    class Media:
        css = {"all": ["accounts/login.css"]}

    # Seconds until the next try, once there were too many.
    wait = 0

    def clean(self) -> dict[str, Any]:  # Any: Django's signature
        if not {"username", "password"} <= self.cleaned_data.keys():
            return super().clean()
        assert self.request is not None  # noqa: S101  # optional only in Django's signature
        try:
            with login_attempt(self.request, self.cleaned_data["username"]) as attempt:
                return self.check(attempt)
        except Throttled as refusal:
            self.wait = math.ceil(refusal.wait)  # type: ignore[attr-defined]  # missing in the stubs
        raise too_many_tries(self.wait)

    def check(self, attempt: Attempt) -> dict[str, Any]:  # Any: as above
        try:
            cleaned = super().clean()
        except ValidationError:
            attempt.failed()
            raise
        self.check_code(attempt)
        return cleaned

    def check_code(self, attempt: Attempt) -> None:
        """Only now: whoever does not know the password must not learn who is asked for a code."""
        assert self.request is not None  # noqa: S101  # as above
        try:
            ask_for_code(self.request, attempt, self.get_user(), self.cleaned_data.get("otp", ""))
        except CodeMissing:
            raise ValidationError("Enter your password again, and a one-time code.", code="mfa_required") from None
        except CodeWrong:
            raise ValidationError("This one-time code is wrong or was used before.", code="invalid_otp") from None


class NewUserForm(BaseUserCreationForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    class Meta:
        model = User
        fields = ["email"]

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])

    def save(self, commit: bool = True) -> User:
        """The account, not kept yet: the admin hashes the password before its transaction begins."""
        user: User = ModelForm.save(self, commit=False)
        return user


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


class SetPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    """Somebody else's password."""

    usable_password_help_text = "Disabled: nobody can log in to this account until a password is set."  # noqa: S105

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        usable = self.cleaned_data["set_usable_password"]
        user.replace_password(self.cleaned_data["password1"] if usable else None, is_reset=True)
        user.tell_of_replaced_password()
        return user


class OwnPasswordForm(OwnPasswordChangeForm):
    """One's own password; a wrong one counts as at the front door."""

    def __init__(self, *arguments: Any, request: HttpRequest, **options: Any) -> None:  # Any: Django's signature
        self.request = request
        super().__init__(*arguments, **options)

    def clean_old_password(self) -> str:
        try:
            with login_attempt(self.request, self.user.email) as attempt:
                return self.check(attempt)
        except Throttled as refusal:
            wait = math.ceil(refusal.wait)  # type: ignore[attr-defined]  # missing in the stubs
        raise too_many_tries(wait)

    def check(self, attempt: Attempt) -> str:
        try:
            return super().clean_old_password()
        except ValidationError:
            attempt.failed()
            raise

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        user.replace_password(self.cleaned_data["new_password1"])
        return user
