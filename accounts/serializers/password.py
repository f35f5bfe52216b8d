from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.fields import PasswordField
from accounts.models import User
from notes_api.fields import StrictCharField
from notes_api.serializers import StrictSerializer

RULES = "8 to 128 characters, more where the server asks for more; not a common one, not like the address."
# Longer than any of ours.
TOKEN_MAX_LENGTH = 128


def acceptable(password: str, user: User) -> str:
    """The password, if this account may have it; else what is wrong with it."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        details = [serializers.ErrorDetail(one.messages[0], one.code) for one in error.error_list]
        raise serializers.ValidationError(details) from None
    return password


class PasswordChangeSerializer(StrictSerializer):
    current_password = PasswordField()
    new_password = PasswordField(help_text=RULES)

    def validate_new_password(self, password: str) -> str:
        return acceptable(password, self.context["user"])


class ResetConfirmSerializer(StrictSerializer):
    token = StrictCharField(max_length=TOKEN_MAX_LENGTH, help_text="What follows `?token=` in the link.")
    new_password = PasswordField(help_text=RULES)
