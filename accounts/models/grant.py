"""Grants: the access that a user has given to a program through the authorisation server (RFC 6749)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.exceptions import RefreshTokenReused
from accounts.models.credential import Credential, CredentialQuerySet
from accounts.models.digest import digest_secret
from accounts.models.grant_secrets import access_token, read_refresh_token, refresh_token, secret_keys
from accounts.models.oauth_client import OAuthClient
from accounts.scopes import Scope, expand_scopes
from notes_api.db.compiled import Parameter, compiled
from notes_api.db.encryption import UndecryptableError

if TYPE_CHECKING:
    from accounts.models.user import User

# The most live grants of one account. Another one ends the oldest.
MAX_GRANTS = 100
# Ended grants that are kept of one account. Another grant deletes the oldest.
MAX_ENDED_GRANTS = 100
CODE_LIFETIME = timedelta(seconds=60)


class GrantQuerySet(CredentialQuerySet["Grant"]):
    def live_at(self, moment: datetime | Parameter) -> Self:
        """Grants that the client has redeemed and used since, and that nobody has ended."""
        return self.filter(revoked_at=None, expires_at__gt=moment, access_digest__isnull=False)

    def not_ended(self) -> Self:
        """Neither revoked nor expired; the client may still have to redeem its code."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def redeemed(self) -> Self:
        """Grants with which the client could use notes, also those that have ended."""
        return self.filter(access_digest__isnull=False)

    def ended(self) -> Self:
        return self.redeemed().filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now()))

    def accepting_access(self, moment: Parameter) -> Self:
        return self.live_at(moment).filter(access_expires_at__gt=moment)

    def find_by_code(self, code: str) -> "Grant | None":
        """Return the grant with this authorization code, used or not, and lock it until the end of the transaction."""
        locked = self.select_for_update(no_key=True, of=("self",)).select_related("user", "client")
        return locked.filter(code_digest=digest_secret(code)).first()

    def of_token(self, token: str) -> "Grant | None":
        """Return the grant of an access token or a refresh token, or None."""
        claims = read_refresh_token(token)
        if claims is not None:
            return self.filter(pk=claims.grant_id).first()
        return self.filter(access_digest=digest_secret(token)).first()

    def lock_not_ended(self, grant_id: UUID) -> "Grant | None":
        """Return the grant if it has not ended and its account is active, locked until the end of the transaction."""
        locked = self.select_for_update(no_key=True, of=("self",)).select_related("user", "client")
        return locked.not_ended().of_active_accounts().filter(pk=grant_id).first()

    def issue(
        self, user: "User", client: OAuthClient, scopes: Collection[str], tags: Collection[str], **values: Any
    ) -> "Grant":  # Any: columns
        """Create a grant that the client has to redeem within a minute, or before `expires_at` if that is given.

        Call it with the account locked. Raises `OAuthClient.DoesNotExist` if staff have removed the client.
        """
        client.record_use()
        newest_first = self.of(user).order_by("-pk")
        self.filter(pk__in=newest_first.not_ended().values("pk")[MAX_GRANTS - 1 :]).revoke()
        ended = newest_first.exclude(pk__in=self.of(user).not_ended().values("pk"))
        self.filter(pk__in=ended.values("pk")[MAX_ENDED_GRANTS:]).delete()
        values = {"expires_at": timezone.now() + CODE_LIFETIME, **values}
        values |= {"scopes": sorted(scopes), "tag_names": list(tags), "client_name": client.name}
        return self.create(user=user, client=client, **values)

    def locked_in_order(self) -> Self:
        return self.select_for_update(no_key=True).order_by("pk")

    def abandoned(self) -> Self:
        """Grants whose code was not redeemed in time."""
        return self.filter(access_digest=None, expires_at__lt=timezone.now())

    def of_clients(self, clients: Iterable[OAuthClient]) -> Self:
        return self.filter(client__in=[client.pk for client in clients])

    def with_client(self) -> Self:
        return self.select_related("client")

    def matching(self, word: str) -> Self:
        """Search for staff, across all accounts: by a part of the client's name or of the owner's address."""
        owners = get_user_model().objects.with_email_like(word)
        return self.filter(Q(client_name__icontains=word) | Q(user__in=owners))


@compiled
def grant_with_account(digest: Parameter, moment: Parameter) -> "models.QuerySet[Grant, Any]":  # Any: columns differ
    return Grant.objects.accepting_access(moment).filter(access_digest=digest).values_with_account()


class Grant(Credential):
    """One connection of one program: each time that the user allows one, there is another grant."""

    kind = "grant"
    columns = ("id", "user_id", "client_name", "last_used_at", "scopes", "tag_names", "resource", "access_scopes",
               "access_resource", "access_expires_at")  # fmt: skip

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants", db_index=False)
    client = models.ForeignKey(OAuthClient, models.CASCADE, related_name="grants")
    # The client's name when the user allowed it.
    client_name = models.CharField(max_length=100)
    scopes = models.JSONField()
    tag_names = models.JSONField(db_column="tags", default=list)
    # The path below PUBLIC_BASE_URL that the tokens are for (RFC 8707); empty for all of it.
    resource = models.CharField(max_length=100, blank=True)
    # When it ends unless the client redeems its code or refreshes its tokens.
    expires_at = models.DateTimeField()
    # What the authorization code is bound to. The digest stays, to recognise a second use.
    code_digest = models.CharField(max_length=64, null=True)  # noqa: DJ001  # unique, and devices have none
    code_challenge = models.CharField(max_length=43, blank=True)
    redirect_uri = models.CharField(max_length=500, blank=True)
    # The number of the present pair of tokens, 0 before there is one. Refresh tokens carry it.
    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(null=True)
    access_digest = models.CharField(max_length=64, null=True)  # noqa: DJ001  # unique, and none at first
    access_expires_at = models.DateTimeField(null=True)
    # What the present access token is limited to, if the client has asked for less than the grant allows.
    access_scopes = models.JSONField(null=True)
    access_resource = models.CharField(max_length=100, null=True)  # noqa: DJ001  # empty is a resource

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["access_digest"], name="one_grant_an_access_token"),
            models.UniqueConstraint(fields=["code_digest"], name="one_grant_a_code"),
        ]
        indexes = [models.Index(fields=["user", "id"], name="grant_of_user")]

    def __str__(self) -> str:
        # Not the name of the client, which the admin's log would keep after the account is erased.
        return f"grant of {self.created_at:%Y-%m-%d %H:%M}"

    @classmethod
    def fetch(cls, secret: str) -> "Grant":
        """Return the live grant with this access token, with its account loaded. Raises `Grant.DoesNotExist`."""
        return cls.build(grant_with_account(digest=digest_secret(secret), moment=timezone.now()))

    @property
    def label(self) -> str:
        return self.client_name

    @property
    def granted_scopes(self) -> frozenset[Scope]:
        return expand_scopes(self.present_scopes)

    @property
    def present_scopes(self) -> list[str]:
        """The scopes of the present access token."""
        scopes: list[str] = self.scopes if self.access_scopes is None else self.access_scopes
        return scopes

    @property
    def present_resource(self) -> str:
        """The resource of the present access token."""
        return self.resource if self.access_resource is None else self.access_resource

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.tag_names)

    @property
    def valid_until(self) -> datetime | None:
        return self.access_expires_at

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and timezone.now() < self.expires_at and self.access_digest is not None

    @property
    def ended_at(self) -> datetime | None:
        """When it was ended or expired; None if it has not."""
        return self.revoked_at or (self.expires_at if self.expires_at <= timezone.now() else None)

    @property
    def is_redeemed(self) -> bool:
        """Whether the client has exchanged its code."""
        return self.generation > 0

    def revoke(self) -> bool:
        """End the grant permanently. Return False if it had already ended."""
        return Grant.objects.filter(pk=self.pk).not_ended().revoke() > 0

    def redeem(self) -> None:
        """Begin the first pair of tokens. Call it with the grant locked."""
        self.begin_generation(1)

    def rotate(self, generation: int) -> None:
        """Exchange the refresh token with this generation for the next one. Call it with the grant locked.

        For REFRESH_TOKEN_GRACE the previous token leads to the same successor again, so that a client can retry after a
        lost response. An older one ends the grant and raises `RefreshTokenReused` (RFC 9700, section 4.14.2).
        """
        if generation == self.generation:
            self.begin_generation(generation + 1)
        elif generation != self.generation - 1 or not self.is_in_grace_period():
            self.revoke()
            raise RefreshTokenReused

    def begin_generation(self, generation: int) -> None:
        now = timezone.now()
        self.generation, self.rotated_at = generation, now
        self.expires_at = now + settings.REFRESH_TOKEN_LIFETIME
        self.access_expires_at = now + settings.ACCESS_TOKEN_LIFETIME
        self.access_digest = digest_secret(access_token(self.pk, generation, settings.SECRET_KEY))
        self.save(update_fields=["generation", "rotated_at", "expires_at", "access_expires_at", "access_digest"])

    def is_in_grace_period(self) -> bool:
        return self.rotated_at is not None and timezone.now() <= self.rotated_at + settings.REFRESH_TOKEN_GRACE

    @property
    def present_tokens(self) -> tuple[str, str]:
        """The access token and the refresh token, which are not stored.

        Raises `UndecryptableError` if the key that they were derived with is no longer configured.
        """
        for key in secret_keys():
            access = access_token(self.pk, self.generation, key)
            if digest_secret(access) == self.access_digest:
                return access, refresh_token(self.pk, self.generation, key)
        raise UndecryptableError

    def limit_access(self, scopes: list[str] | None, resource: str | None) -> None:
        """Limit the present access token to a part of what the grant allows; None for all of it.

        A later token can be for another part (RFC 6749, section 6, and RFC 8707, section 2.2).
        """
        self.access_scopes, self.access_resource = scopes, resource
        self.save(update_fields=["access_scopes", "access_resource"])
