"""A secret that lets a program in on behalf of an account, for less than a log-in may do."""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models.credential import Credential, CredentialQuerySet
from accounts.models.session import Session
from accounts.scopes import Scope, implied_by
from notes_api.compiled import Parameter, compiled

# Live ones, of one account: enough for everything somebody could tell apart.
MOST_TOKENS = 100

# By which programs that look for lost secrets recognise one.
MARK = "cn_pat_"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# 256 bits take 43 digits of base 62, and the 32 of the checksum 6.
RANDOM_DIGITS, CHECK_DIGITS = 43, 6
SECRET = re.compile(rf"{MARK}[0-9A-Za-z]{{{RANDOM_DIGITS + CHECK_DIGITS}}}")
# So much is shown again: 8 digits tell tokens apart, and leave 208 bits to guess.
PREFIX_LENGTH = len(MARK) + 8


class TooManyTokens(Exception):
    """The account has as many tokens as it may have."""


class SessionEnded(Exception):
    """The log-in that asked has ended meanwhile."""


class ApiTokenQuerySet(CredentialQuerySet["ApiToken"]):
    def live_at(self, moment: datetime | Parameter) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=moment), revoked_at=None)

    def presented_as(self, secret: str) -> "ApiToken":
        """The live token with this secret, and its account; raises `ApiToken.DoesNotExist`.

        One look-up by the digest: its time tells nothing about any other secret.
        """
        return self.presented(token_with_account(digest=digest_of(secret), moment=timezone.now()))

    def beginning_like(self, secret: str) -> Self:
        """By that part of a secret which is shown of its token."""
        return self.filter(prefix=secret[:PREFIX_LENGTH])

    def known_as(self, word: str) -> Self:
        """What staff may look up across all accounts: by how a token begins, or by part of its owner's address."""
        if word.startswith(MARK):
            return self.beginning_like(word)
        return self.of_any(get_user_model().objects.with_email_like(word))

    def issue(
        self, session: Session, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
    ) -> "ApiToken":
        """A new token of the account that `session` is logged in to; its `secret` is known now and never again.

        The account is held meanwhile, so that nothing comes between the checks and the token: neither another
        request, nor a reset that would not find it to revoke. Raises `TooManyTokens` and `SessionEnded`.
        """
        secret = new_secret()
        with transaction.atomic():
            holder = get_user_model().objects.select_for_update(no_key=True).filter(pk=session.user_id).first()
            if holder is None or not Session.objects.standing([session.pk]).exists():
                raise SessionEnded
            if self.of(holder).live().count() >= MOST_TOKENS:
                raise TooManyTokens
            token = self.create(
                user=holder,
                name=name,
                prefix=secret[:PREFIX_LENGTH],
                digest=digest_of(secret),
                scopes=scopes,
                expires_at=expires_at,
            )
        token.secret = secret
        return token


@compiled
def token_with_account(digest: Parameter, moment: Parameter) -> "models.QuerySet[ApiToken, Any]":  # Any: columns differ
    return ApiToken.objects.live_at(moment).filter(digest=digest).columns_with_account()


class ApiToken(Credential):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", db_index=False)
    name = models.CharField(max_length=100)
    # The beginning of the secret, to know it by; of the rest there is only the SHA-256, in hexadecimal.
    prefix = models.CharField(max_length=PREFIX_LENGTH)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField()
    expires_at = models.DateTimeField(null=True)

    # Only on the object that `issue` returns.
    secret: str

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [models.UniqueConstraint(fields=["digest"], name="one_api_token_a_secret")]
        indexes = [models.Index(fields=["user", "id"], name="api_token_of_user")]

    def __str__(self) -> str:
        # Without its name, which is its owner's text: what staff did to it stays on record when the account has gone.
        return f"{self.prefix}…"

    @property
    def granted(self) -> frozenset[Scope]:
        return implied_by(self.scopes)

    @property
    def valid_until(self) -> datetime | None:
        return self.expires_at

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or timezone.now() < self.expires_at)

    def revoke(self) -> bool:
        """Refuse it from the next request on, for good; False where it was over already."""
        return ApiToken.objects.filter(pk=self.pk).live().revoke() > 0


def new_secret() -> str:
    """256 random bits behind the mark, and a checksum by which a scanner tells a token from what looks like one."""
    body = MARK + in_base_62(secrets.randbits(256), RANDOM_DIGITS)
    return body + checksum_of(body)


def is_well_formed(secret: str) -> bool:
    return SECRET.fullmatch(secret) is not None and checksum_of(secret[:-CHECK_DIGITS]) == secret[-CHECK_DIGITS:]


def checksum_of(body: str) -> str:
    return in_base_62(zlib.crc32(body.encode()), CHECK_DIGITS)


def in_base_62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def digest_of(secret: str) -> str:
    """No salt and no slow hash: there is nothing to guess at in 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
