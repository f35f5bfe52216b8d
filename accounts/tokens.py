"""The two tokens of a session, signed and verified by SimpleJWT (RFC 7519).

Both carry the account (`sub`) and the session (`sid`); whether these still stand is the database's to say.
"""

import hmac
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import Session

ISSUER = "cloud-notes-api"
AUDIENCE = "cloud-notes-api"


def derive_key(secret: str, purpose: str) -> bytes:
    """64 bytes for one purpose (HKDF-SHA512 without salt, one block: RFC 5869)."""
    extracted = hmac.digest(bytes(64), secret.encode(), "sha512")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha512")


class KeyedTokenBackend(TokenBackend):
    """Names the key in the header (`kid`), so that a token says which key verifies it."""

    def __init__(self) -> None:
        super().__init__(settings.ALGORITHM, audience=AUDIENCE, issuer=ISSUER)
        self.key = derive_key(settings.SECRET_KEY, "jwt")
        self.key_id = hmac.digest(self.key, b"kid", "sha256").hex()[:16]

    def encode(self, payload: dict[str, Any]) -> str:  # Any: JSON
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.key_id})

    def get_verifying_key(self, token: Any) -> bytes:  # Any: SimpleJWT's signature; it is the encoded text
        if jwt.get_unverified_header(token).get("kid") != self.key_id:
            raise jwt.InvalidTokenError("unknown key")
        return self.key


class SessionToken(Token):
    """What access and refresh token share."""

    @cached_property
    def token_backend(self) -> TokenBackend:
        return KeyedTokenBackend()

    @classmethod
    def read(cls, encoded: str) -> Self:
        """The verified token; `TokenError` for whatever is not one of ours, of this type and in time."""
        try:
            token = cls(encoded)  # type: ignore[arg-type]  # SimpleJWT calls the encoded text a Token
            token.session_id, token.user_id  # noqa: B018  # both must be there and be ids
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            raise TokenError("Token is invalid") from error
        return token

    @property
    def session_id(self) -> UUID:
        return UUID(str(self.payload["sid"]))

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.payload["exp"], UTC)

    @property
    def user_id(self) -> UUID:
        return UUID(str(self.payload["sub"]))


class AccessToken(SessionToken):
    token_type = "access"  # noqa: S105  # a type, no secret
    lifetime = settings.ACCESS_TOKEN_LIFETIME

    @classmethod
    def of(cls, session: Session) -> "AccessToken":
        token = cls()
        token.payload |= {"sub": str(session.user_id), "sid": str(session.pk)}
        return token


class RefreshToken(SessionToken):
    token_type = "refresh"  # noqa: S105  # a type, no secret
    lifetime = settings.REFRESH_TOKEN_LIFETIME

    @classmethod
    def of(cls, session: Session) -> "RefreshToken":
        """The session's current refresh token: its `jti` is the same however often it is signed."""
        token = cls()
        token.payload |= {"sub": str(session.user_id), "sid": str(session.pk), "generation": session.generation,
                          "jti": f"{session.pk}.{session.generation}"}  # fmt: skip
        token.set_exp(from_time=session.expires_at, lifetime=timedelta())
        return token

    @property
    def generation(self) -> int:
        return int(self.payload["generation"])


def token_response(session: Session) -> dict[str, str | int]:
    """The body of a successful token request (RFC 6749, section 5.1); `expires_in` in seconds."""
    return {
        "access_token": str(AccessToken.of(session)),
        "token_type": "bearer",
        "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        "refresh_token": str(RefreshToken.of(session)),
    }
