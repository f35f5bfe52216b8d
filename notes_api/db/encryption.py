"""Encrypt secrets that the server has to read again, so that the database alone does not reveal them.

The key is derived from SECRET_KEY. SECRET_KEY_FALLBACKS still decrypt what they encrypted until
`manage.py purge` encrypts it again.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from notes_api.config.secret_keys import derive_key

# The HKDF `info` of earlier versions. It is part of the stored format: with any other value, existing secrets, also
# those in backups, could not be decrypted.
ENCRYPTION_INFO = bytes.fromhex("7365616c696e67")


class UndecryptableError(Exception):
    """No configured key decrypts the value: SECRET_KEY was replaced and the old key is not a fallback."""


def encrypt(secret: bytes) -> str:
    return fernet_for(settings.SECRET_KEY).encrypt(secret).decode()


def decrypt(encrypted: str) -> bytes:
    """Decrypt with SECRET_KEY or one of SECRET_KEY_FALLBACKS. Raises `UndecryptableError`."""
    keys = [fernet_for(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    try:
        return MultiFernet(keys).decrypt(encrypted)
    except InvalidToken:
        raise UndecryptableError from None


def is_current(encrypted: str) -> bool:
    """Return whether SECRET_KEY itself, not a fallback, decrypts the value."""
    try:
        fernet_for(settings.SECRET_KEY).decrypt(encrypted)
    except InvalidToken:
        return False
    return True


def fernet_for(secret: str | bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(derive_key(secret, ENCRYPTION_INFO, SHA256(), length=32)))
