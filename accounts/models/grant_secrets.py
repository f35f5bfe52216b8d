"""The access and refresh tokens of grants.

They are derived from the grant's id and the number of its refreshes, with a key of their own. So a client that lost a
response can get the same tokens again, although none is stored. The database keeps a digest of the access token.
"""

import hmac
import re
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from accounts.models.base62 import (
    CHECK_DIGITS,
    DIGITS_OF_256_BITS,
    DIGITS_OF_UUID,
    compute_checksum,
    decode_base62,
    encode_base62,
    has_checksum,
)
from notes_api.config.secret_keys import derive_key

# Secret scanners recognise leaked tokens by them.
ACCESS_PREFIX, REFRESH_PREFIX = "cn_oat_", "cn_ort_"
# Digits of the number of refreshes.
GENERATION_DIGITS = 6
ACCESS_PATTERN = re.compile(rf"{ACCESS_PREFIX}[0-9A-Za-z]{{{DIGITS_OF_256_BITS + CHECK_DIGITS}}}")
REFRESH_PATTERN = re.compile(
    rf"{REFRESH_PREFIX}([0-9A-Za-z]{{{DIGITS_OF_UUID}}})([0-9A-Za-z]{{{GENERATION_DIGITS}}})"
    rf"[0-9A-Za-z]{{{DIGITS_OF_256_BITS + CHECK_DIGITS}}}"
)


class RefreshClaims(NamedTuple):
    grant_id: UUID
    generation: int


def access_token(grant_id: UUID, generation: int, key: str | bytes) -> str:
    return with_checksum(ACCESS_PREFIX + encode_mac("access", grant_id, generation, key))


def refresh_token(grant_id: UUID, generation: int, key: str | bytes) -> str:
    identity = encode_base62(grant_id.int, DIGITS_OF_UUID) + encode_base62(generation, GENERATION_DIGITS)
    return with_checksum(REFRESH_PREFIX + identity + encode_mac("refresh", grant_id, generation, key))


def read_refresh_token(token: str) -> RefreshClaims | None:
    """Return what a refresh token says, or None if this server has not issued it."""
    match = REFRESH_PATTERN.fullmatch(token)
    if match is None or not has_checksum(token):
        return None
    number, generation = decode_base62(match[1]), decode_base62(match[2])
    if number >= 2**128:
        return None
    claims = RefreshClaims(UUID(int=number), generation)
    is_ours = [hmac.compare_digest(refresh_token(*claims, key), token) for key in secret_keys()]
    return claims if any(is_ours) else None


def is_access_token(secret: str) -> bool:
    """Return whether the secret has the form and the checksum of an access token."""
    return ACCESS_PATTERN.fullmatch(secret) is not None and has_checksum(secret)


def secret_keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def encode_mac(purpose: str, grant_id: UUID, generation: int, key: str | bytes) -> str:
    message = f"{purpose}:{grant_id}:{generation}".encode()
    return encode_base62(int.from_bytes(hmac.digest(token_key(key), message, "sha256")), DIGITS_OF_256_BITS)


@lru_cache(8)
def token_key(key: str | bytes) -> bytes:
    return derive_key(key, b"grant tokens", SHA256(), length=32)


def with_checksum(body: str) -> str:
    return body + compute_checksum(body)
