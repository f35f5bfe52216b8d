"""Hash and validate passwords, in addition to what Django does."""

import re

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from accounts.models import User
from notes_api.rest.unicode_text import normalize

PASSWORD_MAX_LENGTH = 128

# NUL, and lone surrogates, which a terminal or a pipe with another encoding can produce.
INVALID_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")
# Every space separator (Zs) but the ASCII one. Some keyboards type U+00A0 if a modifier is held.
NON_ASCII_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def normalize_password(password: str) -> str:
    """Return the password in NFC, with ASCII spaces (RFC 8265, section 4.2.2: OpaqueString).

    Devices encode the same letters differently: `é` is one code point on most, and two on some.
    """
    return normalize("NFC", NON_ASCII_SPACES.sub(" ", password))


class NormalizingHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, of the normalized password.

    The name of the algorithm tells these hashes from those of earlier versions, which Django verifies with the password
    as typed and then replaces, because this hasher is the first in PASSWORD_HASHERS.
    """

    algorithm = "bcrypt_sha256_nfc"

    def encode(self, password: str, salt: str) -> str:
        encoded: str = super().encode(normalize_password(password), salt)
        return encoded


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """For AUTH_PASSWORD_VALIDATORS: count the characters of the normalized password."""

    def validate(self, password: str, user: User | None = None) -> None:
        super().validate(normalize_password(password), user)


class TextValidator:
    """For AUTH_PASSWORD_VALIDATORS: accept only valid text of limited length."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if len(password) > PASSWORD_MAX_LENGTH:
            raise ValidationError(self.get_help_text(), code="max_length")
        if INVALID_CHARACTERS.search(password):
            raise ValidationError("Your password contains bytes that are not text.", code="invalid")

    def get_help_text(self) -> str:
        return f"Your password must contain at most {PASSWORD_MAX_LENGTH} characters."
