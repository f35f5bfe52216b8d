"""The keys that sign tokens: one is derived from each SECRET_KEY and has its own id."""

import hmac
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA512
from django.conf import settings

from notes_api.config.secret_keys import derive_key


class SigningKey(NamedTuple):
    key: bytes
    id: str


@lru_cache(maxsize=16)
def signing_key(secret: str) -> SigningKey:
    key = derive_key(secret, b"jwt", SHA512(), length=64)
    return SigningKey(key, hmac.digest(key, b"kid", "sha256").hex()[:16])


def current_key() -> SigningKey:
    """Return the key that signs new tokens."""
    return signing_key(settings.SECRET_KEY)


def find_key(key_id: object) -> SigningKey | None:
    """Return the key with this id from SECRET_KEY and SECRET_KEY_FALLBACKS, or None."""
    known = map(signing_key, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return next((key for key in known if key.id == key_id), None)
