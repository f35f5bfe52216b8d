from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.fields import EmailField, PasswordField
from accounts.models import User
from notes_api.serializers import StrictSerializer


class RegistrationSerializer(StrictSerializer):
    email = EmailField()
    password = PasswordField(help_text="8 to 128 characters, not a common one, not like the address.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:  # Any: DRF's signature
        try:
            validate_password(attrs["password"], User(email=attrs["email"]))
        except ValidationError as error:
            details = [serializers.ErrorDetail(one.messages[0], one.code) for one in error.error_list]
            raise serializers.ValidationError({"password": details}) from None
        return attrs
