"""The keys that sign tokens: one for each SECRET_KEY, known by its id."""

import hmac
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SigningKey(NamedTuple):
    key: bytes
    id: str


def derive_key(secret: str, purpose: str) -> bytes:
    """64 bytes for one purpose (HKDF-SHA512 without salt: RFC 5869)."""
    return HKDF(SHA512(), length=64, salt=None, info=purpose.encode()).derive(secret.encode())


@lru_cache(maxsize=16)
def signing_key(secret: str) -> SigningKey:
    key = derive_key(secret, "jwt")
    return SigningKey(key, hmac.digest(key, b"kid", "sha256").hex()[:16])


def current_key() -> SigningKey:
    """The one that signs."""
    return signing_key(settings.SECRET_KEY)


def known_key(key_id: object) -> SigningKey | None:
    """The one with this id, of those that verify: the current one, and SECRET_KEY_FALLBACKS while they are listed."""
    known = map(signing_key, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return next((key for key in known if key.id == key_id), None)
