"""The forms of OAuth 2's token endpoint (RFC 6749, sections 4.3.2 and 6)."""

from typing import Any

from rest_framework import serializers

from accounts.fields import OtpField, PasswordField
from notes_api.fields import StrictCharField
from notes_api.serializers import StrictSerializer


class LoginSerializer(serializers.Serializer[Any]):  # Any: no instance; unknown members are ignored (section 3.2)
    grant_type = StrictCharField(required=False, allow_blank=True, help_text="`password`, if given.")
    username = StrictCharField(max_length=254, help_text="The e-mail address.")
    password = PasswordField()
    otp = OtpField(
        required=False, allow_blank=True, help_text="A one-time code or a recovery code, where the second factor is on."
    )


class RefreshSerializer(serializers.Serializer[Any]):  # Any: as above
    grant_type = StrictCharField(required=False, allow_blank=True, help_text="`refresh_token`, if given.")
    refresh_token = StrictCharField(max_length=4096)


class LogoutSerializer(StrictSerializer):
    refresh_token = StrictCharField(
        max_length=4096, required=False, help_text="Ends its session where the access token has expired already."
    )


class TokenSerializer(serializers.Serializer[Any]):  # Any: as above
    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(["bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds.")
    refresh_token = serializers.CharField()
