"""The second factor: one-time codes from an app (TOTP, RFC 6238), and recovery codes for a lost device."""

import logging
import re
import secrets
import unicodedata
from base64 import b32encode
from datetime import datetime, timedelta
from time import time
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.exceptions import AccountErased, SecondFactorIsOn
from accounts.models.digest import digest_secret
from notes_api.db.encryption import UndecryptableError, decrypt, encrypt, is_current
from notes_api.rest.unicode_text import normalize

if TYPE_CHECKING:
    from accounts.models.user import User

logger = logging.getLogger(__name__)

# The length that RFC 4226 recommends (section 4, R6).
SECRET_BYTES = 20
# Long enough to install an app first.
PENDING_LIFETIME = timedelta(hours=1)
RECOVERY_CODES = 10
# 120 random bits (OWASP ASVS 5.0, 6.5.2, requires 112) cannot be guessed, so a plain digest is enough. Codes of 80 bits
# from earlier versions are still accepted.
RECOVERY_CODE_BYTES = 15
# The most characters in which a code is accepted.
OTP_MAX_LENGTH = 64
# People and apps group the characters of codes with spaces and dashes. Copying can add invisible characters.
SEPARATORS = ("Zs", "Zl", "Zp", "Pd", "Cf")
SIX_DIGITS = re.compile(r"[0-9]{6}")


class SecondFactorQuerySet(models.QuerySet["SecondFactor"]):
    def of(self, user: "User") -> Self:
        return self.filter(user=user)

    def on(self) -> Self:
        return self.exclude(confirmed_at=None)

    def off(self) -> Self:
        return self.filter(confirmed_at=None)

    def pending(self) -> Self:
        """Factors that are not confirmed yet and can still be."""
        return self.off().filter(enrolled_at__gt=timezone.now() - PENDING_LIFETIME)

    def unchanged(self, factor: "SecondFactor") -> Self:
        """This factor, unless another one has been enrolled in its place."""
        return self.filter(pk=factor.pk, sealed_secret=factor.sealed_secret)

    @transaction.atomic
    def enrol(self, user: "User") -> "SecondFactor":
        """Create a factor with a fresh secret, in place of an unconfirmed one. It is on once it is confirmed.

        Raises `SecondFactorIsOn`, and `AccountErased` if the account was erased or deactivated in the meantime.
        """
        # The lock orders parallel enrolments, and keeps an erasure from leaving a factor behind.
        if not get_user_model().objects.active().among([user]).lock():
            raise AccountErased
        # A confirmation does not lock the account. The DELETE waits for one that is under way and then leaves its row;
        # the next statement sees that the factor is on.
        self.of(user).off().delete()
        if self.of(user).on().exists():
            raise SecondFactorIsOn
        return self.create(user=user, sealed_secret=encrypt(secrets.token_bytes(SECRET_BYTES)))

    @transaction.atomic
    def disable(self, user: "User") -> bool:
        """Delete the account's factor. Return whether it was on."""
        # The lock waits for a confirmation that is under way.
        factor = self.of(user).select_for_update().first()
        if factor is None:
            return False
        factor.delete()
        return factor.is_on

    def reencrypt(self) -> int:
        """Encrypt with SECRET_KEY what a fallback key encrypted. Return the number of changed factors."""
        if not settings.SECRET_KEY_FALLBACKS:
            return 0
        return sum(factor.reencrypt() for factor in self.iterator() if not is_current(factor.sealed_secret))


class SecondFactor(models.Model):
    """The second factor of an account: pending until it is confirmed, then on."""

    # Not named `otp_device`: django-otp looks for that name at every login to the admin.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    sealed_secret = models.CharField(max_length=200, editable=False)
    enrolled_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    # The time step (half minutes since 1970) of the last code that was used. Only later codes are valid.
    last_step = models.BigIntegerField(default=0)
    # SHA-256 digests of the unused recovery codes.
    recovery_digests = models.JSONField(default=list, editable=False)

    objects = SecondFactorQuerySet.as_manager()

    def __str__(self) -> str:
        if self.confirmed_at is None:
            return "Off (not confirmed)"
        left = self.recovery_codes_left
        return f"On since {self.confirmed_at:%Y-%m-%d}; {left} recovery code{'' if left == 1 else 's'} left"

    @property
    def is_on(self) -> bool:
        return self.confirmed_at is not None

    @property
    def recovery_codes_left(self) -> int:
        return len(self.recovery_digests)

    @property
    def secret(self) -> bytes:
        return decrypt(self.sealed_secret)

    @property
    def expires_at(self) -> datetime:
        """When the time to confirm it ends."""
        return self.enrolled_at + PENDING_LIFETIME

    def confirm(self, otp: str) -> list[str] | None:
        """Turn the factor on with a code from the app.

        Returns the recovery codes, which are stored only as digests, or None if the code is wrong. Raises
        `SecondFactor.DoesNotExist` if the factor is no longer pending.
        """
        step = self.find_time_step(normalize_code(otp))
        if step is None:
            return None
        codes = [generate_recovery_code() for _ in range(RECOVERY_CODES)]
        digests = [digest_secret(normalize_code(code)) for code in codes]
        pending = SecondFactor.objects.pending().unchanged(self)
        if not pending.update(confirmed_at=timezone.now(), last_step=step, recovery_digests=digests):
            raise SecondFactor.DoesNotExist
        return codes

    def accept(self, otp: str) -> bool:
        """Use up a code from the app or a recovery code. Return False if it is wrong or was used before."""
        code = normalize_code(otp)
        return self.use_totp_code(code) or self.use_recovery_code(code)

    def use_totp_code(self, code: str) -> bool:
        """Use up a code from the app with one conditional UPDATE: of parallel logins with one code, one succeeds."""
        step = self.find_time_step(code)
        if step is None:
            return False
        return SecondFactor.objects.on().unchanged(self).filter(last_step__lt=step).update(last_step=step) > 0

    def find_time_step(self, code: str) -> int | None:
        """Return the time step of this code: the previous, the current or the next, if it is unused. Otherwise None."""
        if not SIX_DIGITS.fullmatch(code):
            return None
        try:
            totp = TOTP(self.secret)
        except UndecryptableError:
            # The user is locked out until the operator acts. A traceback would add nothing.
            logger.error(  # noqa: TRY400
                "The second factor of account %s cannot be decrypted: SECRET_KEY has changed", self.pk
            )
            return None
        # Fixed, because the next time step may begin between the two calls.
        totp.time = time()
        return totp.t() if totp.verify(int(code), tolerance=1, min_t=self.last_step + 1) else None

    def use_recovery_code(self, code: str) -> bool:
        used = digest_secret(code)
        # Take the lock only for a code that matches.
        if used not in self.recovery_digests:
            return False
        with transaction.atomic():
            held = SecondFactor.objects.on().unchanged(self).select_for_update().first()
            if held is None or used not in held.recovery_digests:
                return False
            left = [other for other in held.recovery_digests if other != used]
            self.recovery_digests = left
            return SecondFactor.objects.unchanged(self).update(recovery_digests=left) > 0

    def reencrypt(self) -> int:
        try:
            encrypted = encrypt(self.secret)
        except UndecryptableError:
            return 0
        return SecondFactor.objects.unchanged(self).update(sealed_secret=encrypted)


def generate_recovery_code() -> str:
    """Return a code in the form that is shown: `mzxw-6ytb-oi2t-kmzq-k5ug-64tf`."""
    letters = b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def normalize_code(otp: str) -> str:
    """Return the code without separators, in lower case and in ASCII: keyboards type the digits of their script."""
    return "".join(map(to_ascii, normalize("NFKC", otp))).lower()


def to_ascii(character: str) -> str:
    """Return nothing for a separator, and the ASCII digit for a digit. Everything else stays as it is."""
    if character.isspace() or unicodedata.category(character) in SEPARATORS:
        return ""
    return str(unicodedata.decimal(character, character))
