from typing import Any

from rest_framework import serializers

from accounts.serializers.fields import KnownEmailField
from accounts.serializers.password import TOKEN_MAX_LENGTH
from notes_api.rest.fields import StrictCharField
from notes_api.rest.serializers import StrictSerializer


class VerificationSerializer(StrictSerializer):
    token = StrictCharField(max_length=TOKEN_MAX_LENGTH, help_text="The part of the link after `?token=`.")


class AddressSerializer(StrictSerializer):
    email = KnownEmailField()


class RegisteredSerializer(serializers.Serializer[Any]):  # Any: no instance
    email = serializers.CharField(help_text="The address to which the next steps are mailed.")
