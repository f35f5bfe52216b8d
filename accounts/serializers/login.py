"""The requests to OAuth 2's endpoints (RFC 6749, sections 4.3.2 and 6; RFC 7009, section 2.1)."""

from typing import Any

from rest_framework import serializers

from accounts.serializers.fields import OtpField, PasswordField
from notes_api.rest.fields import StrictCharField
from notes_api.rest.serializers import RequestSerializer, StrictSerializer


class LoginSerializer(RequestSerializer):
    """Ignores unknown members (RFC 6749, section 3.2)."""

    grant_type = StrictCharField(required=False, allow_blank=True, help_text="`password` or omitted.")
    username = StrictCharField(max_length=254, help_text="The e-mail address.")
    password = PasswordField()
    otp = OtpField(
        required=False,
        allow_blank=True,
        help_text="A one-time code or a recovery code. Required if the second factor is on.",
    )


class RefreshSerializer(RequestSerializer):
    """Ignores unknown members (RFC 6749, section 3.2)."""

    grant_type = StrictCharField(required=False, allow_blank=True, help_text="`refresh_token` or omitted.")
    refresh_token = StrictCharField(max_length=4096)


class RevocationSerializer(RequestSerializer):
    """Ignores unknown members, as RFC 6749 asks of every endpoint. The hint is not needed."""

    token = StrictCharField(trim_whitespace=True, help_text="A refresh token or an access token.")
    token_type_hint = StrictCharField(required=False, allow_blank=True, help_text="Ignored.")


class LogoutSerializer(StrictSerializer):
    refresh_token = StrictCharField(
        max_length=4096, required=False, help_text="Identifies the session if the access token has expired."
    )


class TokenSerializer(serializers.Serializer[Any]):  # Any: no instance
    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(["bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds.")
    refresh_token = serializers.CharField()
