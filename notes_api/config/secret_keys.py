"""Check that secret keys cannot be guessed, and derive keys from them."""

import re

from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_bytes

# Words that occur in sample keys of documentation, and never in random keys.
PUBLISHED = re.compile(
    r"change.?me|insecure|example|sample|placeholder|your.?secret|secret.?key|replace", re.IGNORECASE
)


def require_strong_key(key: str, subject: str) -> str:
    """Return the key, or raise `ImproperlyConfigured`.

    `subject` names the setting in the error message. The message never contains the key.
    """
    if len(key.encode()) < 32:
        raise ImproperlyConfigured(f"{subject} is shorter than 32 bytes: use 32 random bytes or more.")
    if PUBLISHED.search(key):
        raise ImproperlyConfigured(f"{subject} is a sample value that others know: use 32 random bytes or more.")
    if len(set(key)) < 10:
        raise ImproperlyConfigured(f"{subject} has too few different characters: use 32 random bytes or more.")
    return key


def derive_key(secret: str | bytes, info: bytes, algorithm: HashAlgorithm, length: int) -> bytes:
    """Derive a key of `length` bytes for the purpose that `info` names (HKDF without salt: RFC 5869)."""
    return HKDF(algorithm, length=length, salt=None, info=info).derive(force_bytes(secret))
