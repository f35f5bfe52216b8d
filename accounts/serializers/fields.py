"""Fields for addresses, passwords and one-time codes."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.authentication.passwords import PASSWORD_MAX_LENGTH
from accounts.models.email_address import EMAIL_MAX_LENGTH, check_known_email, clean_email
from accounts.models.otp import OTP_MAX_LENGTH
from notes_api.rest.fields import StrictCharField
from notes_api.rest.json_types import JSON


class EmailField(StrictCharField):
    """A valid e-mail address, in lower case."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        super().__init__(**{"max_length": EMAIL_MAX_LENGTH, **options})

    def to_internal_value(self, data: JSON) -> str:
        try:
            return clean_email(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, error.code) from None


class KnownEmailField(EmailField):
    """The address of an account as typed, to look the account up."""

    def to_internal_value(self, data: JSON) -> str:
        address = StrictCharField.to_internal_value(self, data)
        try:
            check_known_email(address)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, error.code) from None
        return address


class PasswordField(StrictCharField):
    """A password, unchanged and never shown again."""

    def __init__(self, **options: Any) -> None:  # Any: as above
        style = {"input_type": "password"}
        super().__init__(**{"max_length": PASSWORD_MAX_LENGTH, "write_only": True, "style": style, **options})


class OtpField(StrictCharField):
    """A one-time code or a recovery code, with or without spaces. A JSON number would lose its leading zeros."""

    def __init__(self, **options: Any) -> None:  # Any: as above
        super().__init__(**{"max_length": OTP_MAX_LENGTH, "write_only": True, **options})
