"""What oauthlib asks about clients, codes and tokens, answered from the database."""

from collections.abc import Collection
from typing import Any

from oauthlib.oauth2 import RequestValidator
from oauthlib.oauth2.rfc6749 import errors

from accounts.authentication.resources import is_within
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import RefreshTokenReused
from accounts.models import DeviceRequest, Grant, OAuthClient
from accounts.models.grant_secrets import read_refresh_token
from accounts.scopes import DEFAULT_SCOPES, TOKEN_SCOPES, expand_scopes
from notes_api.db.encryption import UndecryptableError

# Any: oauthlib's requests have the parameters of a request, and what this class adds to them, as attributes.
OAuthRequest = Any
# Any: oauthlib expects clients of a type of its own, which ours resemble.
Client = Any


class InvalidTarget(errors.OAuth2Error):
    """The resource is not one of this server, or not one that the user has allowed (RFC 8707, section 2)."""

    error = "invalid_target"
    description = "This server does not know the resource, or the user has not allowed it."


class Validator(RequestValidator):
    """Every client is public: it has no secret, and each code needs PKCE."""

    def validate_client_id(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        request.client = OAuthClient.objects.find(client_id)
        return request.client is not None

    def client_authentication_required(self, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        return False

    def authenticate_client_id(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        return self.validate_client_id(client_id or "", request)

    def validate_grant_type(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_response_type(
        self, client_id: str, response_type: str, client: Client, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: OAuthRequest) -> bool:
        return True

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(request.client.allows_redirect(redirect_uri))

    def get_default_redirect_uri(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> str:
        uris: list[str] = request.client.redirect_uris
        return uris[0] if len(uris) == 1 else ""

    def get_default_scopes(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> list[str]:
        return [str(scope) for scope in DEFAULT_SCOPES]

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Client, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        """Ignore scopes that this server does not have, as section 3.3 of RFC 6749 allows. One has to remain."""
        request.scopes = known_scopes(scopes)
        return bool(request.scopes)

    def save_authorization_code(
        self, client_id: str, code: Any, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> None:
        request.save_code(request, code["code"])

    def validate_code(
        self, client_id: str, code: str, client: Client, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        request.grant = grant = Grant.objects.find_by_code(code)
        if grant is None or grant.client_id != client.pk or not grant.user.is_active or not is_not_ended(grant):
            return False
        request.user, request.scopes = grant.user, grant.scopes
        require_resource(grant, request)
        return True

    def get_code_challenge(self, code: str, request: OAuthRequest) -> str:
        return str(request.grant.code_challenge)

    def get_code_challenge_method(self, code: str, request: OAuthRequest) -> str:
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Client, request: OAuthRequest, *args: Any,
        **kwargs: Any,
    ) -> bool:  # fmt: skip
        """Check what the code is bound to last. A second use by a client that has the verifier ends the grant.

        RFC 6749, section 4.1.2, asks for that. Without the verifier a stolen code must not be enough to end it.
        """
        grant: Grant = request.grant
        if redirect_uri != grant.redirect_uri:
            raise errors.InvalidGrantError("The redirect_uri differs from that of the authorization request.")
        if grant.is_redeemed:
            grant.revoke()
            log_event(SecurityEvent.CODE_REUSED, grant.user_id, grant=grant.pk)
            raise errors.InvalidGrantError("This code was used before, so its grant has ended.")
        return True

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the digest: `Grant.is_redeemed` says that the code was used."""

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> bool:
        claims = read_refresh_token(refresh_token)
        grant = None if claims is None else Grant.objects.lock_not_ended(claims.grant_id)
        if claims is None or grant is None or grant.client_id != client.pk:
            return False
        request.grant, request.user = grant, grant.user
        # Before the token is used up, because the client may correct these mistakes.
        require_resource(grant, request)
        request.access_scopes, request.scope = read_access_scopes(grant, request.scope or ""), None
        try:
            grant.rotate(claims.generation)
        except RefreshTokenReused:
            log_event(SecurityEvent.REFRESH_TOKEN_REUSED, grant.user_id, grant=grant.pk)
            raise errors.InvalidGrantError("This refresh token was used before, so its grant has ended.") from None
        return True

    def get_original_scopes(self, refresh_token: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> list[str]:
        return list(request.grant.scopes)

    def validate_device_code(
        self, client_id: str, device_code: str, request: OAuthRequest, *args: Any, **kwargs: Any
    ) -> str | None:
        device = DeviceRequest.objects.find_by_device_code(device_code)
        if device is None or device.client_id != request.client.pk:
            return None
        if device.has_expired:
            return "expired_token"
        if not device.record_poll():
            return "slow_down"
        if device.is_refused:
            return "access_denied"
        return "authorization_pending" if device.grant is None else self.use_device_grant(device.grant, request)

    def use_device_grant(self, grant: Grant, request: OAuthRequest) -> str | None:
        if grant.is_redeemed or not grant.user.is_active or not is_not_ended(grant):
            return None
        request.grant, request.user, request.scopes = grant, grant.user, grant.scopes
        require_resource(grant, request)
        return "authorized"

    def save_token(self, token: Any, request: OAuthRequest, *args: Any, **kwargs: Any) -> None:
        """Put the tokens of the grant into the response."""
        grant: Grant = request.grant
        if not grant.is_redeemed:
            grant.redeem()
        grant.limit_access(getattr(request, "access_scopes", None), getattr(request, "target", None))
        try:
            token["access_token"], token["refresh_token"] = grant.present_tokens
        except UndecryptableError:
            raise errors.InvalidGrantError("The key of this token was replaced.") from None
        token["scope"] = " ".join(grant.present_scopes)


def known_scopes(scopes: Collection[str]) -> list[str]:
    return [str(scope) for scope in TOKEN_SCOPES if scope in scopes]


def is_not_ended(grant: Grant) -> bool:
    return Grant.objects.not_ended().filter(pk=grant.pk).exists()


def require_resource(grant: Grant, request: OAuthRequest) -> None:
    """Raise `InvalidTarget` unless the resource of a token request is part of what the user has allowed."""
    wanted = getattr(request, "target", None)
    if wanted is not None and not is_within(wanted, grant.resource):
        raise InvalidTarget(request=request)


def read_access_scopes(grant: Grant, scope: str) -> list[str] | None:
    """Return the scopes for the next access token, or None for all of the grant (RFC 6749, section 6).

    Raises `InvalidScopeError` for more than the user has allowed.
    """
    if not scope:
        return None
    wanted = known_scopes(scope.split())
    if not wanted or not expand_scopes(wanted) <= expand_scopes(grant.scopes):
        raise errors.InvalidScopeError("The user has not allowed this scope.")
    return wanted
