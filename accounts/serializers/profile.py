from rest_framework import serializers

from accounts.fields import EmailField, PasswordField
from accounts.models import User
from notes_api.serializers import StrictSerializer


class UserSerializer(serializers.ModelSerializer[User]):
    email_verified = serializers.BooleanField(
        read_only=True, help_text="Whether somebody who reads the mail to this address has said so."
    )

    class Meta:
        model = User
        fields = ["id", "email", "email_verified", "created_at"]
        read_only_fields = fields


class UserPatchSerializer(StrictSerializer):
    """A merge patch (RFC 7396) of what can be changed, and the password that it takes."""

    ignored = frozenset(UserSerializer.Meta.fields)

    email = EmailField(required=False)
    current_password = PasswordField(required=False, help_text="Required with `email`.")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if "email" in attrs and "current_password" not in attrs:
            message = serializers.ErrorDetail("Changing the address takes your password.", "required")
            raise serializers.ValidationError({"current_password": [message]})
        return attrs
