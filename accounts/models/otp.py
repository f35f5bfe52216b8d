"""The second factor of a log-in: one-time codes of an app (TOTP, RFC 6238), and recovery codes for a lost device."""

import logging
import re
import secrets
from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256
from time import time
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models.clock import AccountErased
from accounts.sealing import Unreadable, is_current, seal, unseal

if TYPE_CHECKING:
    from accounts.models.user import User

logger = logging.getLogger(__name__)

# As RFC 4226 recommends (section 4, R6).
SECRET_BYTES = 20
# Whoever fetches the app first has time for it.
PENDING_LIFE = timedelta(hours=1)
RECOVERY_CODES = 10
# 80 bits: beyond guessing, so that a plain digest keeps them.
RECOVERY_CODE_BYTES = 10
# As many characters as a code may be sent in.
OTP_MAX_LENGTH = 64
# How people and apps group codes to read them.
SEPARATORS = re.compile(r"[\s-]")
# ASCII alone: the digits of other scripts are none of the app's.
SIX_DIGITS = re.compile(r"[0-9]{6}")


class SecondFactorIsOn(Exception):
    """It has to be switched off before another one can be enrolled."""


class SecondFactorQuerySet(models.QuerySet["SecondFactor"]):
    def of(self, user: "User") -> Self:
        return self.filter(user=user)

    def on(self) -> Self:
        return self.exclude(confirmed_at=None)

    def pending(self) -> Self:
        """Those that a code can still confirm."""
        return self.filter(confirmed_at=None, enrolled_at__gt=timezone.now() - PENDING_LIFE)

    def unchanged(self, factor: "SecondFactor") -> Self:
        """The factor, as long as nobody has enrolled another one in its place."""
        return self.filter(pk=factor.pk, sealed_secret=factor.sealed_secret)

    @transaction.atomic
    def enrol(self, user: "User") -> "SecondFactor":
        """A factor with a fresh secret, not on before it is confirmed; it replaces one that never was.

        Raises `SecondFactorIsOn`, and `AccountErased` for an account that has gone or was shut meanwhile.
        """
        # With the account held, of two enrolments at once the later one stands, and an erasure leaves nothing.
        if not type(user).objects.active().among([user]).lock():
            raise AccountErased
        if self.of(user).on().exists():
            raise SecondFactorIsOn
        self.of(user).delete()
        return self.create(user=user, sealed_secret=seal(secrets.token_bytes(SECRET_BYTES)))

    def disable(self, user: "User") -> bool:
        """Ask the account for no code any more; False where it was not asked."""
        was_on = self.of(user).on().delete()[0] > 0
        self.of(user).delete()
        return was_on

    def reseal(self) -> int:
        """Seal with the SECRET_KEY of today what an earlier one sealed; how many that were."""
        if not settings.SECRET_KEY_FALLBACKS:
            return 0
        return sum(factor.reseal() for factor in self.iterator() if not is_current(factor.sealed_secret))


class SecondFactor(models.Model):
    """What an account is asked for beside its password: waiting to be confirmed, or on."""

    # Under another name than `otp_device`: at every log-in to the admin django-otp looks whether a user has that.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    sealed_secret = models.CharField(max_length=200, editable=False)
    enrolled_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    # The half minute, counted from 1970, of the last code used: a code is good only after it.
    last_step = models.BigIntegerField(default=0)
    # SHA-256 of the recovery codes that are left.
    recovery_digests = models.JSONField(default=list, editable=False)

    objects = SecondFactorQuerySet.as_manager()

    def __str__(self) -> str:
        if self.confirmed_at is None:
            return "Off; begun, not confirmed"
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
        return unseal(self.sealed_secret)

    @property
    def expires_at(self) -> datetime:
        """Until when it can be confirmed."""
        return self.enrolled_at + PENDING_LIFE

    def confirm(self, otp: str) -> list[str] | None:
        """Turn it on with a code of the app: the recovery codes, which are kept nowhere; None if it is no such code.

        Raises `SecondFactor.DoesNotExist` where it waits no longer.
        """
        step = self.step_of(cleaned(otp))
        if step is None:
            return None
        codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
        digests = [digest(cleaned(code)) for code in codes]
        pending = SecondFactor.objects.pending().unchanged(self)
        if not pending.update(confirmed_at=timezone.now(), last_step=step, recovery_digests=digests):
            raise SecondFactor.DoesNotExist
        return codes

    def accept(self, otp: str) -> bool:
        """Use up a code of the app or a recovery code; False where it is none, or was used before."""
        code = cleaned(otp)
        return self.use_step(code) or self.use_recovery_code(code)

    def use_step(self, code: str) -> bool:
        """One conditional UPDATE: of parallel log-ins with one code one succeeds."""
        step = self.step_of(code)
        if step is None:
            return False
        return SecondFactor.objects.on().unchanged(self).filter(last_step__lt=step).update(last_step=step) > 0

    def step_of(self, code: str) -> int | None:
        """Which half minute, of the last, this and the next one, has this code; None if none that is still good."""
        if not SIX_DIGITS.fullmatch(code):
            return None
        try:
            totp = TOTP(self.secret)
        except Unreadable:
            # Somebody is locked out until the operator hears of it; what the traceback would say is known.
            logger.error(  # noqa: TRY400
                "The second factor of account %s cannot be read: SECRET_KEY is another", self.pk
            )
            return None
        # Standing still, lest the next half minute begins between the two questions.
        totp.time = time()
        return totp.t() if totp.verify(int(code), tolerance=1, min_t=self.last_step + 1) else None

    def use_recovery_code(self, code: str) -> bool:
        used = digest(code)
        # Most codes are none: nobody waits for a lock then.
        if used not in self.recovery_digests:
            return False
        with transaction.atomic():
            held = SecondFactor.objects.on().unchanged(self).select_for_update().first()
            if held is None or used not in held.recovery_digests:
                return False
            left = [other for other in held.recovery_digests if other != used]
            return SecondFactor.objects.unchanged(self).update(recovery_digests=left) > 0

    def reseal(self) -> int:
        try:
            sealed = seal(self.secret)
        except Unreadable:
            return 0
        return SecondFactor.objects.unchanged(self).update(sealed_secret=sealed)


def new_recovery_code() -> str:
    """As it is shown: `mzxw-6ytb-oi2t-kmzq`."""
    letters = b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def cleaned(otp: str) -> str:
    return SEPARATORS.sub("", otp).lower()


def digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
