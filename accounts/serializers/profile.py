from rest_framework import serializers

from accounts.models import User
from accounts.serializers.fields import EmailField
from accounts.serializers.reauthentication import ReauthenticationSerializer


class UserSerializer(serializers.ModelSerializer[User]):
    email_verified = serializers.BooleanField(
        read_only=True, help_text="Whether the address was confirmed with a link from a mail."
    )

    class Meta:
        model = User
        fields = ["id", "email", "email_verified", "created_at"]
        read_only_fields = fields


class UserPatchSerializer(ReauthenticationSerializer):
    """A merge patch (RFC 7396) of the address, with the proof that the change requires."""

    ignored = frozenset(UserSerializer.Meta.fields)

    email = EmailField(required=False)
