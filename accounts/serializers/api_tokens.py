import re
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import ApiToken
from accounts.scopes import TOKEN_SCOPES, Scope, plain_scope
from accounts.serializers.reauthentication import ReauthenticationSerializer
from notes_api.rest.fields import BoundedListField, StrictCharField, StrictDateTimeField
from notes_api.rest.json_types import JSON
from notes_api.rest.tag_fields import TagsField

# Control characters, line ends, and marks that change the direction of text: they make names look like others.
FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Each tag is one more comparison with every note of the account.
MAX_TAG_LIMIT = 8
SCOPES = [
    (str(Scope.READ), "read, search, sync"),
    (str(Scope.WRITE), "read and write; includes the other scopes"),
    (str(Scope.APPEND), "append, without reading"),
    (str(Scope.EDIT), "read and write, but delete nothing"),
    (str(Scope.TRASH), "move notes to the trash and restore them"),
    (str(Scope.PURGE), "delete permanently"),
]


class ScopesField(BoundedListField):
    """A list of scopes, returned in the order of the documentation."""

    def __init__(self, **options: Any) -> None:  # Any: DRF's options
        message = f"Choose from {', '.join(scope for scope, _ in SCOPES)}."
        scope = serializers.ChoiceField(SCOPES, error_messages={"invalid_choice": message})
        super().__init__(child=scope, max_length=len(SCOPES), allow_empty=False, **options)

    def to_internal_value(self, data: JSON) -> list[str]:
        scopes = super().to_internal_value(data)
        if len(set(scopes)) < len(scopes):
            raise serializers.ValidationError("Give each scope only once.", "repeated")
        return sorted(scopes, key=TOKEN_SCOPES.index)

    def to_representation(self, value: list[str]) -> list[str]:
        return list(map(plain_scope, value))


class ApiTokenSerializer(ReauthenticationSerializer, serializers.ModelSerializer[ApiToken]):
    name = StrictCharField(max_length=100, help_text="A name of your choice, for example the purpose of the token.")
    prefix = serializers.CharField(read_only=True, help_text="The beginning of the secret, to identify it.")
    scopes = ScopesField(help_text="The scopes that the token grants.")
    tags = TagsField(
        default=list,
        allow_null=True,
        max_length=MAX_TAG_LIMIT,
        help_text="The token knows only the notes with at least one of these tags; without any, all notes.",
    )
    expires_at = StrictDateTimeField(default=None, allow_null=True, help_text="Null if the token does not expire.")

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "tags",
            "created_at",
            "last_used_at",
            "expires_at",
            "current_password",
            "otp",
        ]
        read_only_fields = ["id", "created_at", "last_used_at"]

    def validate_name(self, name: str) -> str:
        if FORBIDDEN_CHARACTERS.search(name) or not name.strip():
            raise serializers.ValidationError("A name is one line of visible text.", "invalid")
        return name

    def validate_tags(self, tags: list[str] | None) -> list[str]:
        return tags or []

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("This time is in the past.", "past")
        return moment


class IssuedApiTokenSerializer(ApiTokenSerializer):
    token = serializers.CharField(
        source="secret", read_only=True, help_text="The secret. It is shown only once and not stored."
    )

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "token"]
