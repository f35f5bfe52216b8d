"""Serializers of the second factor."""

from typing import Any

from rest_framework import serializers

from accounts.authentication.otpauth import build_otpauth_uri, encode_secret, render_qr_svg
from accounts.models import SecondFactor
from accounts.serializers.fields import OtpField, PasswordField
from notes_api.rest.serializers import StrictSerializer


class PasswordSerializer(StrictSerializer):
    password = PasswordField(help_text="Your password: a stolen token alone must not be enough.")


class OtpSerializer(StrictSerializer):
    otp = OtpField(help_text="The six digits in the app.")


class OtpStatusSerializer(serializers.ModelSerializer[SecondFactor]):
    is_enabled = serializers.BooleanField(source="is_on", help_text="Whether `POST /login` requires a code.")
    recovery_codes_left = serializers.IntegerField()

    class Meta:
        model = SecondFactor
        fields = ["is_enabled", "recovery_codes_left"]
        read_only_fields = fields


class EnrolmentSerializer(serializers.ModelSerializer[SecondFactor]):
    secret = serializers.SerializerMethodField(help_text="The secret in base32, for typing.")
    otpauth_uri = serializers.SerializerMethodField(help_text="The secret as a link for authenticator apps.")
    qr_svg = serializers.SerializerMethodField(help_text="The link as a QR code: an SVG image.")
    expires_at = serializers.DateTimeField(help_text="When the enrolment expires if it is not confirmed.")

    class Meta:
        model = SecondFactor
        fields = ["secret", "otpauth_uri", "qr_svg", "expires_at"]
        read_only_fields = fields

    def get_secret(self, factor: SecondFactor) -> str:
        return encode_secret(factor.secret)

    def get_otpauth_uri(self, factor: SecondFactor) -> str:
        return build_otpauth_uri(factor.secret, factor.user.email)

    def get_qr_svg(self, factor: SecondFactor) -> str:
        return render_qr_svg(self.get_otpauth_uri(factor))


class RecoveryCodesSerializer(serializers.Serializer[Any]):  # Any: no instance
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Each works once, instead of a code. They are not shown again."
    )
