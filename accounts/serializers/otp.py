"""The second factor in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.fields import OtpField, PasswordField
from accounts.models import SecondFactor
from accounts.otpauth import as_svg, as_text, as_uri
from notes_api.serializers import StrictSerializer


class PasswordSerializer(StrictSerializer):
    password = PasswordField(help_text="Your own once more: a stolen token alone must not do this.")


class OtpSerializer(StrictSerializer):
    otp = OtpField(help_text="The six digits that the app shows.")


class OtpStatusSerializer(serializers.ModelSerializer[SecondFactor]):
    is_enabled = serializers.BooleanField(source="is_on", help_text="Whether `POST /login` asks for a code.")
    recovery_codes_left = serializers.IntegerField()

    class Meta:
        model = SecondFactor
        fields = ["is_enabled", "recovery_codes_left"]
        read_only_fields = fields


class EnrolmentSerializer(serializers.ModelSerializer[SecondFactor]):
    secret = serializers.SerializerMethodField(help_text="For typing, in base32.")
    otpauth_uri = serializers.SerializerMethodField(help_text="The same as a link, which authenticator apps open.")
    qr_svg = serializers.SerializerMethodField(help_text="The link as a QR code: an SVG image.")
    expires_at = serializers.DateTimeField(help_text="Confirm it before then.")

    class Meta:
        model = SecondFactor
        fields = ["secret", "otpauth_uri", "qr_svg", "expires_at"]
        read_only_fields = fields

    def get_secret(self, factor: SecondFactor) -> str:
        return as_text(factor.secret)

    def get_otpauth_uri(self, factor: SecondFactor) -> str:
        return as_uri(factor.secret, factor.user.email)

    def get_qr_svg(self, factor: SecondFactor) -> str:
        return as_svg(self.get_otpauth_uri(factor))


class RecoveryCodesSerializer(serializers.Serializer[Any]):  # Any: no instance
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Each works once in the place of a code. They are not shown again."
    )
