"""The access and the refresh token of a session, signed and verified by SimpleJWT (RFC 7519).

Both name the account (`sub`) and the session (`sid`). Only the database knows whether these are still valid.
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.authentication.jws import read_header
from accounts.authentication.signing_keys import current_key, find_key
from accounts.models import Session
from notes_api.rest.json_types import JSONObject

ISSUER = "cloud-notes-api"
AUDIENCE = "cloud-notes-api"


class KeyedTokenBackend(TokenBackend):
    """A backend that names the signing key in the header (`kid`)."""

    def __init__(self) -> None:
        super().__init__(settings.ALGORITHM, audience=AUDIENCE, issuer=ISSUER)

    def encode(self, payload: JSONObject) -> str:
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        signing = current_key()
        return jwt.encode(claims, signing.key, algorithm=self.algorithm, headers={"kid": signing.id})

    def decode(self, token: Token, verify: bool = True) -> dict[str, Any]:  # Any: JSON
        """Return the claims of a valid token that has not expired. Raises `TokenBackendError`.

        `iat` is not compared with the clock (RFC 7519, section 4.1.6, does not ask for it): another machine may be
        ahead, and this one may have been set back.
        """
        options: jwt.types.Options = {"verify_iat": False}
        try:
            key = self.get_verifying_key(token)
            return jwt.decode(str(token), key, [self.algorithm], options, audience=AUDIENCE, issuer=ISSUER)
        except jwt.InvalidTokenError as error:
            raise TokenBackendError from error

    def get_verifying_key(self, token: Any) -> bytes:  # Any: SimpleJWT's signature; it is the encoded text
        header = read_header(token)
        known = find_key(header.get("kid"))
        # This server writes no other members, so a header with one (`jku`, `crit`, `b64`, ...) is forged.
        if known is None or header != {"alg": self.algorithm, "typ": "JWT", "kid": known.id}:
            raise jwt.InvalidTokenError
        return known.key


class SessionToken(Token):
    """The base class of access and refresh tokens."""

    # The exact type of each claim: in Python `true` is an int too, and SimpleJWT truncates floats.
    claim_types: ClassVar[dict[str, type]] = {"iss": str, "aud": str, "iat": int, "exp": int, "jti": str}

    @cached_property
    def token_backend(self) -> TokenBackend:
        return KeyedTokenBackend()

    @classmethod
    def read(cls, encoded: str) -> Self:
        """Verify the token. Raises `TokenError` if it is forged, expired or of another type."""
        try:
            token = cls(encoded)  # type: ignore[arg-type]  # SimpleJWT calls the encoded text a Token
            token.check_claims()
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise TokenError from error
        return token

    def check_claims(self) -> None:
        """Raise `KeyError`, `ValueError` or `TypeError` if a claim is missing or has another type."""
        self.session_id, self.user_id  # noqa: B018  # raises unless both are ids
        types = {name: type(self.payload[name]) for name in self.claim_types}
        if types != self.claim_types:
            raise TypeError
        if self.payload["iat"] >= self.payload["exp"]:
            raise ValueError

    @property
    def session_id(self) -> UUID:
        return parse_id(self.payload["sid"])

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.payload["exp"], UTC)

    @property
    def user_id(self) -> UUID:
        return parse_id(self.payload["sub"])


def parse_id(claim: object) -> UUID:
    """Parse an id. Raises `ValueError` for forms that only `UUID` accepts, with braces or capitals."""
    identity = UUID(str(claim))
    if claim != str(identity):
        raise ValueError
    return identity


class AccessToken(SessionToken):
    token_type = "access"  # noqa: S105  # a type, not a secret
    lifetime = settings.ACCESS_TOKEN_LIFETIME

    @classmethod
    def of(cls, session: Session) -> "AccessToken":
        token = cls()
        token.payload |= {"sub": str(session.user_id), "sid": str(session.pk)}
        return token


class Claims(NamedTuple):
    """The claims of a verified access token."""

    session_id: UUID
    user_id: UUID
    expires_at: datetime

    @classmethod
    def verify(cls, encoded: str) -> "Claims":
        """Return the claims of an access token that is valid now. Raises `TokenError`."""
        claims = verify_access_token(encoded, settings.ALGORITHM, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        if claims.expires_at <= datetime.now(UTC):
            raise TokenError
        return claims


@lru_cache(maxsize=2048)
def verify_access_token(encoded: str, *keys: str) -> Claims:
    """Verify the signature once per process. A valid one stays valid until the keys change, so they are arguments."""
    token = AccessToken.read(encoded)
    return Claims(token.session_id, token.user_id, token.expires_at)


class RefreshToken(SessionToken):
    token_type = "refresh"  # noqa: S105  # a type, not a secret
    lifetime = settings.REFRESH_TOKEN_LIFETIME
    claim_types: ClassVar[dict[str, type]] = {**SessionToken.claim_types, "generation": int}

    @classmethod
    def of(cls, session: Session) -> "RefreshToken":
        """Return the session's current refresh token. Its `jti` is the same each time it is signed."""
        token = cls()
        token.payload |= {"sub": str(session.user_id), "sid": str(session.pk), "generation": session.generation,
                          "jti": f"{session.pk}.{session.generation}"}  # fmt: skip
        token.set_exp(from_time=session.expires_at, lifetime=timedelta())
        return token

    @property
    def generation(self) -> int:
        generation: int = self.payload["generation"]
        return generation


def build_token_response(session: Session) -> dict[str, str | int]:
    """Build the response body of a token request (RFC 6749, section 5.1). `expires_in` is in seconds."""
    return {
        "access_token": str(AccessToken.of(session)),
        "token_type": "bearer",
        "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        "refresh_token": str(RefreshToken.of(session)),
    }
