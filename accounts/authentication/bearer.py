"""Authenticate requests by `Authorization: Bearer <token>` (RFC 6750)."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from accounts.authentication.resources import describe_resource, is_within, received_path
from accounts.authentication.tokens import Claims
from accounts.models import ApiToken, Credential, Grant, Session, User
from accounts.models.api_token import TOKEN_PREFIX, is_well_formed
from accounts.models.grant_secrets import ACCESS_PREFIX, is_access_token
from accounts.scopes import SCOPE_TEXTS, TOKEN_SCOPES
from notes_api.monitoring.request_record import current_record
from notes_api.rest.bearer_token import read_bearer_token
from notes_api.rest.json_types import JSONObject

# What has a secret whose digest is stored.
Stored = TypeVar("Stored", ApiToken, Grant)


class InvalidToken(AuthenticationFailed):
    default_code = "invalid_token"
    default_detail = "The token is invalid or expired, or its session has ended: log in again."


class InvalidApiToken(InvalidToken):
    default_detail = "The API token is wrong, expired or revoked."


class InvalidGrantToken(InvalidToken):
    default_detail = "The access token is wrong or expired, or its grant has ended. Refresh it, or ask the user again."


class WrongResource(InvalidToken):
    default_detail = "This access token works only at /mcp."


class AuthenticatedRequest(Request):
    """A request that authentication and permissions have accepted."""

    id: str
    user: User
    auth: Credential


class LoggedInRequest(AuthenticatedRequest):
    """A request with a login session: API tokens were not accepted."""

    auth: Session


class BearerAuthentication(BaseAuthentication):
    """Accept the access token of a live session or a live grant, or a live API token, of an active account.

    One query per request reads the credential with its account and clock. A logout, a revocation or a deactivation
    therefore takes effect on the next request.
    """

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        credentials = read_bearer_credentials(request)
        if credentials is None:
            return None
        record = current_record.get()
        try:
            credential = find_credential(request, credentials)
        except InvalidToken:
            if record is not None:
                record.is_token_rejected = True
            raise
        credential.record_use()
        if record is not None:
            record.account_id, record.credential_id = credential.user_id, credential.pk
        return credential.user, credential

    @staticmethod
    def read_account(credentials: bytes) -> UUID | None:
        """Return the account of an access token whose signature is valid, without asking the database.

        Its session may have ended, so this proves nothing: it only decides for whom a request counts.
        """
        try:
            return Claims.verify(credentials.decode("ascii")).user_id
        except (UnicodeDecodeError, TokenError):
            return None

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge. It names an error only if a token was sent (RFC 6750, section 3.1)."""
        error = "" if read_bearer_credentials(request) is None else 'error="invalid_token"'
        return f"Bearer {', '.join(filter(None, (error, describe_resource(request))))}".rstrip()


def read_bearer_credentials(request: Request) -> bytes | None:
    """Return what follows `Bearer` in the `Authorization` header, or None without this scheme."""
    # DRF's function would parse all headers first.
    return read_bearer_token(request.META.get("HTTP_AUTHORIZATION", "").encode("latin-1"))


def find_credential(request: Request, credentials: bytes) -> Credential:
    """Return the credential that the bearer token belongs to. Raises `InvalidToken`."""
    text = credentials.decode("latin-1")
    if text.startswith(TOKEN_PREFIX):
        return authenticate_secret(ApiToken, text, is_well_formed, InvalidApiToken)
    if text.startswith(ACCESS_PREFIX):
        return authenticate_grant(text, received_path(request))
    return authenticate_session(credentials)


def authenticate_session(encoded: bytes) -> Session:
    """Return the live session of the access token. Raises `InvalidToken`."""
    try:
        token = Claims.verify(encoded.decode("ascii"))
        session = Session.fetch(token.session_id)
    except (UnicodeDecodeError, TokenError, Session.DoesNotExist):
        raise InvalidToken from None
    if session.user_id != token.user_id or not session.user.is_active:
        raise InvalidToken
    session.access_expires_at = token.expires_at
    return session


def authenticate_grant(secret: str, path: str) -> Grant:
    """Return the live grant with this access token. Raises `InvalidGrantToken`, and `WrongResource` for other paths."""
    grant = authenticate_secret(Grant, secret, is_access_token, InvalidGrantToken)
    if not is_within(path, grant.present_resource):
        raise WrongResource
    return grant


def authenticate_secret(
    model: type[Stored], secret: str, is_well_formed: Callable[[str], bool], error: type[InvalidToken]
) -> Stored:
    """Return the live credential with this secret. Raises `error`."""
    if not is_well_formed(secret):
        raise error
    try:
        credential = model.fetch(secret)
    except model.DoesNotExist:
        raise error from None
    if not credential.user.is_active:
        raise error
    return credential


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular registers subclasses
    target_class = BearerAuthentication
    name = ["login", "token", "program"]

    def get_security_requirement(self, auto_schema: Any) -> JSONObject:  # Any: spectacular's signature
        """Require a login by default. Operations that accept API tokens declare a scope."""
        return {"login": []}

    def get_security_definition(self, auto_schema: Any) -> list[JSONObject]:  # Any: as above
        login = {
            "type": "oauth2",
            "description": "The e-mail address as `username`, and the password. There is no client id or secret.",
            "flows": {"password": {"tokenUrl": "/login", "refreshUrl": "/login/refresh", "scopes": {}}},
        }
        token = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": f"{TOKEN_PREFIX}…",
            "description": "A personal API token with the scope that the operation names.",
        }
        program = {
            "type": "oauth2",
            "description": "Access for a program of somebody else, which never sees the password. Codes require PKCE.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": "/authorize",
                    "tokenUrl": "/token",
                    "refreshUrl": "/token",
                    "scopes": {str(scope): ", ".join(SCOPE_TEXTS[scope]) for scope in TOKEN_SCOPES},
                }
            },
        }
        return [login, token, program]
