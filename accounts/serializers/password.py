from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import User
from accounts.serializers.fields import PasswordField
from notes_api.rest.fields import StrictBooleanField, StrictCharField
from notes_api.rest.serializers import StrictSerializer

RULES = "8 to 128 characters (the server can require more), not a common password and not similar to the address."
# Longer than any token in a link.
TOKEN_MAX_LENGTH = 128


def validate_new_password(password: str, user: User) -> str:
    """Return the password if the account may have it; raises `ValidationError` with the reasons if not."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        details = [serializers.ErrorDetail(one.messages[0], one.code) for one in error.error_list]
        raise serializers.ValidationError(details) from None
    return password


class PasswordChangeSerializer(StrictSerializer):
    current_password = PasswordField()
    new_password = PasswordField(help_text=RULES)
    revoke_tokens = StrictBooleanField(default=False, help_text="Whether to revoke all API tokens of the account too.")

    def validate_new_password(self, password: str) -> str:
        return validate_new_password(password, self.context["user"])


class ResetConfirmSerializer(StrictSerializer):
    token = StrictCharField(max_length=TOKEN_MAX_LENGTH, help_text="The part of the link after `?token=`.")
    new_password = PasswordField(help_text=RULES)
