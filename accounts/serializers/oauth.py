"""The requests and responses of the authorisation server (RFC 6749, 7591 and 8628)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.flows.oauth.client_metadata import MAX_GRANT_TYPES, MAX_REDIRECT_URIS
from accounts.models import Grant
from notes_api.rest.fields import QueryBooleanField, StrictCharField
from notes_api.rest.json_types import JSON
from notes_api.rest.pagination import PageQuery
from notes_api.rest.serializers import RequestSerializer

MAX_LENGTH, MAX_RESOURCES = 4096, 10


class ParameterField(StrictCharField):
    def __init__(self, text: str = "") -> None:
        super().__init__(required=False, allow_blank=True, max_length=MAX_LENGTH, help_text=text)


@extend_schema_field({"type": "string"})
class ResourceField(serializers.Field[Any, Any, Any, Any]):  # Any: a string or a list of strings
    """One resource, or a list of several."""

    default_error_messages = {"invalid": "Send the address of a resource."}

    def to_internal_value(self, data: JSON) -> list[str]:
        values = data if isinstance(data, list) else [data]
        if len(values) > MAX_RESOURCES or not all(isinstance(each, str) and each for each in values):
            self.fail("invalid")
        return [str(each) for each in values]


class ExchangeSerializer(RequestSerializer):
    """Ignores unknown members (RFC 6749, section 3.2)."""

    grant_type = StrictCharField(
        max_length=100,
        help_text="`authorization_code`, `refresh_token` or `urn:ietf:params:oauth:grant-type:device_code`.",
    )
    client_id = ParameterField("The id of the registered client, or the address of its metadata document.")
    code = ParameterField("The authorization code.")
    redirect_uri = ParameterField("The same as in the request for the code.")
    code_verifier = ParameterField("The text whose SHA-256 digest was the `code_challenge` (RFC 7636).")
    refresh_token = ParameterField()
    device_code = ParameterField()
    scope = ParameterField("With a refresh token: limits the access token to a part of what was allowed.")
    resource = ResourceField(required=False, help_text="Where the token will be used (RFC 8707).")


class GrantTokenSerializer(serializers.Serializer[Any]):  # Any: no instance
    access_token = serializers.CharField()
    token_type = serializers.CharField(help_text="`Bearer`, in any letter case.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    refresh_token = serializers.CharField()
    scope = serializers.CharField(
        required=False, help_text="What the user has allowed, separated by spaces. Not in the tokens of a log-in."
    )


class DeviceAuthorizationSerializer(RequestSerializer):
    """Ignores unknown members (RFC 6749, section 3.2)."""

    client_id = StrictCharField(max_length=MAX_LENGTH)
    scope = ParameterField("The scopes, separated by spaces.")
    resource = ResourceField(required=False, help_text="Where the token will be used (RFC 8707).")


class DeviceCodesSerializer(serializers.Serializer[Any]):  # Any: no instance
    device_code = serializers.CharField()
    user_code = serializers.CharField(help_text="The user types it in at `verification_uri`.")
    verification_uri = serializers.CharField()
    verification_uri_complete = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
    interval = serializers.IntegerField(help_text="Seconds between two requests for the tokens.")


class ClientMetadataSerializer(RequestSerializer):
    """The metadata of a client (RFC 7591, section 2). Unknown members are ignored."""

    redirect_uris = serializers.ListField(child=serializers.CharField(), required=False, max_length=MAX_REDIRECT_URIS)
    client_name = serializers.CharField(required=False, allow_blank=True)
    grant_types = serializers.ListField(child=serializers.CharField(), required=False, max_length=MAX_GRANT_TYPES)
    scope = serializers.CharField(
        required=False, allow_blank=True, help_text="What the program will ask for, separated by spaces."
    )

    def to_internal_value(self, data: JSON) -> Any:  # Any: checked later, because the errors have names of their own
        if not isinstance(data, Mapping):
            self.fail("invalid")
        return dict(data)


class RegisteredClientSerializer(serializers.Serializer[Any]):  # Any: no instance
    client_id = serializers.CharField()
    client_id_issued_at = serializers.IntegerField(help_text="Seconds since 1970.")
    client_name = serializers.CharField()
    redirect_uris = serializers.ListField(child=serializers.CharField())
    grant_types = serializers.ListField(child=serializers.CharField())
    response_types = serializers.ListField(child=serializers.CharField())
    token_endpoint_auth_method = serializers.ChoiceField(["none"])
    scope = serializers.CharField()


class GrantQuery(PageQuery):
    ended = QueryBooleanField(default=False, help_text="List the access that has ended instead.")


class GrantSerializer(serializers.ModelSerializer[Grant]):
    name = serializers.CharField(source="client_name", help_text="What the program calls itself.")
    client_id = serializers.CharField(source="client.identifier")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What you have allowed.")
    tags = serializers.ListField(
        source="tag_names", child=serializers.CharField(), help_text="The tags it is limited to; empty: all notes."
    )

    resource = serializers.CharField(help_text="The only path at which its tokens work; empty: all of this server.")
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was ended or expired; null while it is live."
    )

    class Meta:
        model = Grant
        fields = [
            "id", "name", "client_id", "scopes", "tags", "resource", "created_at", "last_used_at", "expires_at",
            "ended_at",
        ]  # fmt: skip
        read_only_fields = fields
