"""The proof that the owner sends a sensitive request (see `accounts.flows.reauthentication`)."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.serializers.fields import OtpField, PasswordField
from notes_api.rest.serializers import StrictSerializer


class ReauthenticationSerializer(StrictSerializer):
    current_password = PasswordField(
        required=False, help_text="Your password. Required unless you logged in less than 10 minutes ago."
    )
    otp = OtpField(
        required=False,
        allow_blank=True,
        help_text="A one-time code or a recovery code. Required with the password if the second factor is on.",
    )


@extend_schema_serializer(component_name="Reauthentication")
class PasswordOrAliasSerializer(ReauthenticationSerializer):
    """Also accepts `password`, the first name of `current_password` in these operations."""

    password = PasswordField(required=False, help_text="The same as `current_password`.")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if "password" in attrs and "current_password" in attrs:
            message = serializers.ErrorDetail("Send the password only once, as `current_password`.", "repeated")
            raise serializers.ValidationError({"password": [message]})
        return attrs
