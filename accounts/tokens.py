"""The two tokens of a session, signed and verified by SimpleJWT (RFC 7519).

Both carry the account (`sub`) and the session (`sid`); whether these still stand is the database's to say.
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.jws import header_of
from accounts.keys import current_key, known_key
from accounts.models import Session

ISSUER = "cloud-notes-api"
AUDIENCE = "cloud-notes-api"


class KeyedTokenBackend(TokenBackend):
    """Names the key in the header (`kid`), so that a token says which key verifies it."""

    def __init__(self) -> None:
        super().__init__(settings.ALGORITHM, audience=AUDIENCE, issuer=ISSUER)

    def encode(self, payload: dict[str, Any]) -> str:  # Any: JSON
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        signing = current_key()
        return jwt.encode(claims, signing.key, algorithm=self.algorithm, headers={"kid": signing.id})

    def get_verifying_key(self, token: Any) -> bytes:  # Any: SimpleJWT's signature; it is the encoded text
        header = header_of(token)
        known = known_key(header.get("kid"))
        # Nothing else: whatever a header may ask for (`jku`, `crit`, `b64`, ...) we never wrote.
        if known is None or header != {"alg": self.algorithm, "typ": "JWT", "kid": known.id}:
            raise jwt.InvalidTokenError
        return known.key


class SessionToken(Token):
    """What access and refresh token share."""

    # Claims by their exact type: to Python `true` is an int too, and a float is cut to one.
    written_as: ClassVar[dict[str, type]] = {"iss": str, "aud": str, "iat": int, "exp": int, "jti": str}

    @cached_property
    def token_backend(self) -> TokenBackend:
        return KeyedTokenBackend()

    @classmethod
    def read(cls, encoded: str) -> Self:
        """The verified token; `TokenError` for whatever is not one of ours, of this type and in time."""
        try:
            token = cls(encoded)  # type: ignore[arg-type]  # SimpleJWT calls the encoded text a Token
            token.check_claims()
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise TokenError from error
        return token

    def check_claims(self) -> None:
        """Raises `KeyError`, `ValueError` or `TypeError` where a claim is missing or not written as we write it."""
        self.session_id, self.user_id  # noqa: B018  # both must be there and be ids
        types = {name: type(self.payload[name]) for name in self.written_as}
        if types != self.written_as:
            raise TypeError

    @property
    def session_id(self) -> UUID:
        return id_of(self.payload["sid"])

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.payload["exp"], UTC)

    @property
    def user_id(self) -> UUID:
        return id_of(self.payload["sub"])


def id_of(claim: object) -> UUID:
    """Raises `ValueError` unless it is an id as we write it: `UUID` would take braces and capitals too."""
    identity = UUID(str(claim))
    if claim != str(identity):
        raise ValueError
    return identity


class AccessToken(SessionToken):
    token_type = "access"  # noqa: S105  # a type, no secret
    lifetime = settings.ACCESS_TOKEN_LIFETIME

    @classmethod
    def of(cls, session: Session) -> "AccessToken":
        token = cls()
        token.payload |= {"sub": str(session.user_id), "sid": str(session.pk)}
        return token


class Claims(NamedTuple):
    """What an access token says."""

    session_id: UUID
    user_id: UUID
    expires_at: datetime

    @classmethod
    def of(cls, encoded: str) -> "Claims":
        """Of an access token that is good now; raises `TokenError`."""
        claims = verified(encoded, settings.ALGORITHM, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        if claims.expires_at <= datetime.now(UTC):
            raise TokenError
        return claims


@lru_cache(maxsize=2048)
def verified(encoded: str, *verified_by: str) -> Claims:
    """A signature that was good stays so as long as the keys do: a token in use is verified once in each process."""
    token = AccessToken.read(encoded)
    return Claims(token.session_id, token.user_id, token.expires_at)


class RefreshToken(SessionToken):
    token_type = "refresh"  # noqa: S105  # a type, no secret
    lifetime = settings.REFRESH_TOKEN_LIFETIME
    written_as: ClassVar[dict[str, type]] = {**SessionToken.written_as, "generation": int}

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
        generation: int = self.payload["generation"]
        return generation


def token_response(session: Session) -> dict[str, str | int]:
    """The body of a successful token request (RFC 6749, section 5.1); `expires_in` in seconds."""
    return {
        "access_token": str(AccessToken.of(session)),
        "token_type": "bearer",
        "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        "refresh_token": str(RefreshToken.of(session)),
    }
