import re
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import ApiToken
from accounts.scopes import OF_TOKENS, Scope
from notes_api.fields import StrictCharField, StrictDateTimeField
from notes_api.serializers import StrictSerializer

# Control characters, line ends, and what turns the direction of writing: a name could look like another.
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
SCOPES = [
    (str(Scope.READ), "read, search, sync"),
    (str(Scope.WRITE), "all of that, and write"),
    (str(Scope.APPEND), "add, and read nothing"),
]


class ScopesField(serializers.ListField):
    """Some of the scopes, in the order of the documentation."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        super().__init__(child=serializers.ChoiceField(SCOPES), allow_empty=False, **options)

    def to_internal_value(self, data: Any) -> list[str]:  # Any: whatever JSON holds
        scopes = super().to_internal_value(data)
        if len(set(scopes)) < len(scopes):
            raise serializers.ValidationError("Name each scope once.", "repeated")
        return sorted(scopes, key=OF_TOKENS.index)


class ApiTokenSerializer(StrictSerializer, serializers.ModelSerializer[ApiToken]):
    name = StrictCharField(max_length=100, help_text="What it is for, in words of your own.")
    prefix = serializers.CharField(read_only=True, help_text="How the secret begins, to know it by.")
    scopes = ScopesField(help_text="What it may do.")
    expires_at = StrictDateTimeField(required=False, allow_null=True, help_text="Null: never.")

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "created_at", "last_used_at", "expires_at"]
        read_only_fields = ["id", "created_at", "last_used_at"]

    def validate_name(self, name: str) -> str:
        if UNFIT.search(name) or not name.strip():
            raise serializers.ValidationError("A name is one line of text that can be seen.", "invalid")
        return name

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("This time is past already.", "past")
        return moment


class IssuedApiTokenSerializer(ApiTokenSerializer):
    token = serializers.CharField(
        source="secret", read_only=True, help_text="The secret. It is shown this once and kept nowhere."
    )

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "token"]
