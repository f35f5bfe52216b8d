"""Who is asking: `Authorization: Bearer <token>` (RFC 6750)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from accounts.models import ApiToken, Credential, Session, User
from accounts.models.api_token import MARK, is_well_formed
from accounts.tokens import Claims


class InvalidToken(AuthenticationFailed):
    default_code = "invalid_token"
    default_detail = "The token is invalid or expired, or its session has ended: log in again."


class InvalidApiToken(InvalidToken):
    default_detail = "The API token is wrong, expired or revoked."


class AuthenticatedRequest(Request):
    """A request that the permissions have let through."""

    id: str
    user: User
    auth: Credential


class LoggedInRequest(AuthenticatedRequest):
    """One with which no API token has come through."""

    auth: Session


class BearerAuthentication(BaseAuthentication):
    """An access token, good as long as its session stands, or an API token; and the account must be active.

    Session or token, account and clock are read from the database in one query at every request: a log-out, a
    revocation or a deactivation bites on the very next one.
    """

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        credentials = bearer_credentials(request)
        if credentials is None:
            return None
        is_api_token = credentials.startswith(MARK.encode())
        credential = live_api_token(credentials) if is_api_token else live_session(credentials)
        credential.note_use()
        return credential.user, credential

    def authenticate_header(self, request: Request) -> str:
        """The challenge names an error only where a token was sent (RFC 6750, section 3.1)."""
        return "Bearer" if bearer_credentials(request) is None else 'Bearer error="invalid_token"'


def bearer_credentials(request: Request) -> bytes | None:
    """What follows `Bearer` in the `Authorization` header; None where it names another scheme or none."""
    scheme, _, credentials = get_authorization_header(request).partition(b" ")
    return credentials.strip() if scheme.lower() == b"bearer" else None


def live_session(encoded: bytes) -> Session:
    """The session an access token belongs to; raises `InvalidToken`."""
    try:
        token = Claims.of(encoded.decode("ascii"))
        session = Session.objects.presented_as(token.session_id)
    except (UnicodeDecodeError, TokenError, Session.DoesNotExist):
        raise InvalidToken from None
    if session.user_id != token.user_id or not session.user.is_active:
        raise InvalidToken
    session.access_expires_at = token.expires_at
    return session


def live_api_token(secret: bytes) -> ApiToken:
    """The token with this secret; raises `InvalidApiToken`."""
    text = secret.decode("latin-1")
    if not is_well_formed(text):
        raise InvalidApiToken
    try:
        token = ApiToken.objects.presented_as(text)
    except ApiToken.DoesNotExist:
        raise InvalidApiToken from None
    if not token.user.is_active:
        raise InvalidApiToken
    return token


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular registers subclasses
    target_class = BearerAuthentication
    name = ["login", "token"]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, Any]:  # Any: OpenAPI
        """A log-in; `needs` says which operations take an API token instead."""
        return {"login": []}

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:  # Any: as above
        login = {
            "type": "oauth2",
            "description": "E-mail address as `username`, and the password. Client id and secret stay empty.",
            "flows": {"password": {"tokenUrl": "/login", "refreshUrl": "/login/refresh", "scopes": {}}},
        }
        token = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": f"{MARK}…",
            "description": "A personal API token with the scope that the operation names.",
        }
        return [login, token]
