from typing import Any

from rest_framework import serializers

from accounts.fields import EmailField
from accounts.serializers.password import TOKEN_MAX_LENGTH
from notes_api.fields import StrictCharField
from notes_api.serializers import StrictSerializer


class VerificationSerializer(StrictSerializer):
    token = StrictCharField(max_length=TOKEN_MAX_LENGTH, help_text="What follows `?token=` in the link.")


class AddressSerializer(StrictSerializer):
    email = EmailField()


class RegisteredSerializer(serializers.Serializer[Any]):  # Any: no instance
    email = serializers.CharField(help_text="Where a mail says what comes next.")
