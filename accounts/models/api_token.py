"""API tokens: secrets that give a program limited access to an account."""

import re
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.exceptions import AccountErased, SessionEnded, TooManyTokens
from accounts.models.base62 import CHECK_DIGITS, DIGITS_OF_256_BITS, compute_checksum, encode_base62, has_checksum
from accounts.models.credential import Credential, CredentialQuerySet
from accounts.models.digest import digest_secret
from accounts.models.session import Session
from accounts.scopes import Scope, expand_scopes, limited_scope, plain_scope
from notes_api.db.compiled import Parameter, compiled

if TYPE_CHECKING:
    from accounts.models.user import User

# The most live tokens of one account.
MAX_TOKENS = 100
TOO_MANY_TOKENS = f"An account can have at most {MAX_TOKENS} API tokens: revoke one first."
# Expired and revoked tokens that are kept of one account. Another token deletes the oldest.
MAX_ENDED_TOKENS = 100

# Secret scanners recognise leaked tokens by it.
TOKEN_PREFIX = "cn_pat_"  # noqa: S105  # public, the start of every token
SECRET_PATTERN = re.compile(rf"{TOKEN_PREFIX}[0-9A-Za-z]{{{DIGITS_OF_256_BITS + CHECK_DIGITS}}}")
# This much of a token is stored and shown. 8 digits tell tokens apart and leave 208 bits secret.
SHOWN_PREFIX_LENGTH = len(TOKEN_PREFIX) + 8


class ApiTokenQuerySet(CredentialQuerySet["ApiToken"]):
    def live_at(self, moment: datetime | Parameter) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=moment), revoked_at=None)

    def with_prefix_of(self, secret: str) -> Self:
        """Tokens whose stored prefix is the start of this secret."""
        return self.filter(prefix=secret[:SHOWN_PREFIX_LENGTH])

    def matching(self, word: str) -> Self:
        """Search for staff, across all accounts: by the start of a token or by a part of the owner's address."""
        if word.startswith(TOKEN_PREFIX):
            return self.with_prefix_of(word)
        return self.of_any(get_user_model().objects.with_email_like(word))

    def delete_oldest_ended(self, user_id: UUID) -> None:
        """Delete all but the newest ended tokens of the account."""
        tokens = self.filter(user=user_id)
        ended = tokens.exclude(pk__in=tokens.live().values("pk")).order_by("-pk")
        self.filter(pk__in=ended.values("pk")[MAX_ENDED_TOKENS:]).delete()

    def issue(
        self,
        session: Session,
        name: str,
        scopes: Collection[Scope],
        expires_at: datetime | None = None,
        tags: Collection[str] = (),
    ) -> "ApiToken":
        """Create a token for the account of the session. Only the returned object has the `secret`.

        Raises `TooManyTokens` and `SessionEnded`.
        """
        with transaction.atomic():
            holder = self.lock_account(session.user_id)
            if holder is None or not Session.objects.usable_among([session.pk]).exists():
                raise SessionEnded
            return self.add(holder, name, scopes, expires_at, tags)

    def issue_to(
        self,
        user: "User",
        name: str,
        scopes: Collection[Scope],
        expires_at: datetime | None = None,
        tags: Collection[str] = (),
    ) -> "ApiToken":
        """Create a token as `issue` does, for the operator, without a session. Raises `TooManyTokens`, and
        `AccountErased` if the account was erased or deactivated."""
        with transaction.atomic():
            holder = self.lock_account(user.pk)
            if holder is None or not holder.is_active:
                raise AccountErased
            return self.add(holder, name, scopes, expires_at, tags)

    def lock_account(self, user_id: UUID) -> "User | None":
        """Lock the account and return it.

        Until the commit, no parallel request can exceed the limit of tokens, and no password reset misses the new one.
        """
        holder: User | None = get_user_model().objects.select_for_update(no_key=True).filter(pk=user_id).first()
        return holder

    def add(
        self,
        holder: "User",
        name: str,
        scopes: Collection[Scope],
        expires_at: datetime | None,
        tags: Collection[str],
    ) -> "ApiToken":
        """Create a token for an account that the caller has locked. Raises `TooManyTokens`."""
        if self.of(holder).live().count() >= MAX_TOKENS:
            raise TooManyTokens
        self.delete_oldest_ended(holder.pk)
        secret = generate_secret()
        limit = {"scopes": list(map(limited_scope, scopes)), "tag_limit": list(tags)} if tags else {"scopes": scopes}
        values = {"name": name, "expires_at": expires_at, **limit}
        token = self.create(user=holder, prefix=secret[:SHOWN_PREFIX_LENGTH], digest=digest_secret(secret), **values)
        token.secret = secret
        return token


@compiled
def token_with_account(digest: Parameter, moment: Parameter) -> "models.QuerySet[ApiToken, Any]":  # Any: columns differ
    return ApiToken.objects.live_at(moment).filter(digest=digest).values_with_account()


class ApiToken(Credential):
    kind = "token"
    columns = ("id", "user_id", "name", "last_used_at", "scopes", "tag_limit", "expires_at")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", db_index=False)
    name = models.CharField(max_length=100)
    # The start of the secret, to recognise it by. The whole secret is stored only as a SHA-256 digest.
    prefix = models.CharField(max_length=SHOWN_PREFIX_LENGTH)
    digest = models.CharField(max_length=64)
    # See `limited_scope`.
    scopes = models.JSONField()
    # The tags that the token is limited to. NULL: it may use all notes.
    tag_limit = models.JSONField(null=True)
    expires_at = models.DateTimeField(null=True)

    # Set only on the object that `issue` returns.
    secret: str

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [models.UniqueConstraint(fields=["digest"], name="one_api_token_a_secret")]
        indexes = [models.Index(fields=["user", "id"], name="api_token_of_user")]

    def __str__(self) -> str:
        # Not the name, which is the owner's text: the admin's log keeps this string after the account is erased.
        return f"{self.prefix}…"

    @classmethod
    def fetch(cls, secret: str) -> "ApiToken":
        """Return the live token with this secret, with its account loaded. Raises `ApiToken.DoesNotExist`.

        The look-up uses the digest, so that its time reveals nothing about other secrets.
        """
        return cls.build(token_with_account(digest=digest_secret(secret), moment=timezone.now()))

    @property
    def label(self) -> str:
        return self.name

    @property
    def scope_names(self) -> list[str]:
        """The scopes as they were given."""
        return list(map(plain_scope, self.scopes))

    @property
    def granted_scopes(self) -> frozenset[Scope]:
        return expand_scopes(self.scopes)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.tag_limit or ())

    @property
    def valid_until(self) -> datetime | None:
        return self.expires_at

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or timezone.now() < self.expires_at)

    def revoke(self) -> bool:
        """Revoke the token permanently. Return False if it had already expired or been revoked."""
        return ApiToken.objects.filter(pk=self.pk).live().revoke() > 0


def generate_secret() -> str:
    """Return the prefix, 256 random bits and a checksum."""
    body = TOKEN_PREFIX + encode_base62(secrets.randbits(256), DIGITS_OF_256_BITS)
    return body + compute_checksum(body)


def is_well_formed(secret: str) -> bool:
    """Return whether the secret has the form and the checksum of a token."""
    return SECRET_PATTERN.fullmatch(secret) is not None and has_checksum(secret)
