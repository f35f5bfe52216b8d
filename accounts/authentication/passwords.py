"""Hash and validate passwords, in addition to what Django does."""

import re

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from accounts.authentication.low_priority import low_priority
from accounts.models import User
from notes_api.rest.unicode_text import Form, normalize

PASSWORD_MAX_LENGTH = 128

# NUL, and lone surrogates, which a terminal or a pipe with another encoding can produce.
INVALID_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")
# Every space separator (Zs) but the ASCII one. Some keyboards type U+00A0 if a modifier is held.
NON_ASCII_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def normalize_password(password: str, form: Form = "NFKC") -> str:
    """Return the password in this normalization form, with ASCII spaces (NIST SP 800-63B-4, section 3.1.1.2).

    Devices encode the same letters differently: `é` is one code point on most, and two on some. Keyboards for Chinese,
    Japanese and Korean type full-width letters and digits.
    """
    return normalize(form, NON_ASCII_SPACES.sub(" ", password))


class NormalizingHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, of the normalized password.

    The name of the algorithm tells these hashes from those of earlier versions. Django verifies a hash with the hasher
    that its name belongs to, and then replaces it, because this hasher is the first in PASSWORD_HASHERS.
    """

    algorithm = "bcrypt_sha256_nfkc"
    form: Form = "NFKC"

    def encode(self, password: str, salt: str) -> str:
        """Hash in a thread of lower priority, because this takes a core for a quarter of a second."""
        encoded: str = low_priority.submit(super().encode, normalize_password(password, self.form), salt).result()
        return encoded


class NfcHasher(NormalizingHasher):
    """Verifies the hashes of earlier versions, which normalized passwords to NFC."""

    algorithm = "bcrypt_sha256_nfc"
    form = "NFC"


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """For AUTH_PASSWORD_VALIDATORS: count characters as the user sees them. NFKC can be longer: `℀` is `a/c`."""

    def validate(self, password: str, user: User | None = None) -> None:
        super().validate(min(normalize_password(password, "NFC"), normalize_password(password), key=len), user)


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """For AUTH_PASSWORD_VALIDATORS: reject a common password in any form, such as full-width letters."""

    def validate(self, password: str, user: User | None = None) -> None:
        super().validate(normalize_password(password), user)


class SimilarityValidator(password_validation.UserAttributeSimilarityValidator):
    """For AUTH_PASSWORD_VALIDATORS: reject a password that resembles the address in any form."""

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
