from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.fields import EmailField, PasswordField
from accounts.models import User
from notes_api.serializers import StrictSerializer


class RegistrationSerializer(StrictSerializer):
    email = EmailField()
    password = PasswordField(help_text="8 to 128 characters, not a common one, not like the address.")

    def validate_password(self, password: str) -> str:
        """Judged beside the address as it was typed, so that one answer tells of both."""
        try:
            validate_password(password, User(email=str(self.initial_data.get("email", ""))))
        except ValidationError as error:
            details = [serializers.ErrorDetail(one.messages[0], one.code) for one in error.error_list]
            raise serializers.ValidationError(details) from None
        return password
