"""Fields for addresses, passwords and one-time codes."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.emails import EMAIL_MAX_LENGTH, clean_email
from accounts.models.otp import OTP_MAX_LENGTH
from accounts.passwords import PASSWORD_MAX_LENGTH
from notes_api.fields import StrictCharField


class EmailField(StrictCharField):
    """An address somebody could have, in lower case."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        super().__init__(**{"max_length": EMAIL_MAX_LENGTH, **options})

    def to_internal_value(self, data: Any) -> str:  # Any: whatever JSON holds
        try:
            return clean_email(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, error.code) from None


class PasswordField(StrictCharField):
    """A password, kept character for character and never shown again."""

    def __init__(self, **options: Any) -> None:  # Any: as above
        style = {"input_type": "password"}
        super().__init__(**{"max_length": PASSWORD_MAX_LENGTH, "write_only": True, "style": style, **options})


class OtpField(StrictCharField):
    """A one-time code or a recovery code, with whatever spaces it was read with; a number would lose its zeros."""

    def __init__(self, **options: Any) -> None:  # Any: as above
        super().__init__(**{"max_length": OTP_MAX_LENGTH, "write_only": True, **options})
