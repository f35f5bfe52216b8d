"""Secrets that the server must read again, kept so that the database alone tells nobody.

The key is derived from SECRET_KEY. SECRET_KEY_FALLBACKS open what they sealed, until it is sealed anew.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class Unreadable(Exception):
    """No key of today opens it: SECRET_KEY was replaced and the earlier one forgotten."""


def seal(secret: bytes) -> str:
    return box(settings.SECRET_KEY).encrypt(secret).decode()


def unseal(sealed: str) -> bytes:
    """Raises `Unreadable`."""
    boxes = [box(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    try:
        return MultiFernet(boxes).decrypt(sealed)
    except InvalidToken:
        raise Unreadable from None


def is_current(sealed: str) -> bool:
    """Whether SECRET_KEY itself opens it."""
    try:
        box(settings.SECRET_KEY).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def box(secret: str | bytes) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"sealing").derive(force_bytes(secret))
    return Fernet(urlsafe_b64encode(key))
