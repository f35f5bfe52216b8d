"""One login on one device."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models.credential import Credential, CredentialQuerySet
from accounts.scopes import OF_LOGINS, Scope
from notes_api.compiled import Parameter, compiled

if TYPE_CHECKING:
    from accounts.models.user import User


# How long an address counts as known that an account logged in from, and so what tells of it is kept.
KNOWN_FOR = timedelta(days=30)


class RefreshTokenReused(Exception):
    """A refresh token came back after its successor was in use: somebody has a copy, so the session has ended."""


class SessionQuerySet(CredentialQuerySet["Session"]):
    def live_at(self, moment: datetime | Parameter) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=moment)

    def presented_as(self, session_id: UUID) -> "Session":
        """The live session of this id, with its account; raises `Session.DoesNotExist`."""
        return self.presented(session_with_account(pk=session_id, moment=timezone.now()))

    def other_than(self, session: "Session") -> Self:
        return self.exclude(pk=session.pk)

    def lately_begun_from(self, email: str) -> "models.QuerySet[Session, str | None]":
        """The addresses that are known: from which the account with this e-mail address logged in lately."""
        recent = self.filter(user__email=email.lower(), created_at__gt=timezone.now() - KNOWN_FOR)
        return recent.order_by().values_list("ip_address", flat=True).distinct()

    def start(self, user: "User", user_agent: str, ip_address: str | None) -> "Session | None":
        """Begin a session, unless the account was shut or its password changed while it was being checked."""
        with transaction.atomic():
            unchanged = type(user).objects.active().with_password_hash(user.password)
            if not unchanged.filter(pk=user.pk).update(last_login=timezone.now()):
                return None
            return self.create(user=user, user_agent=user_agent[:200], ip_address=ip_address)


@compiled
def session_with_account(pk: Parameter, moment: Parameter) -> "models.QuerySet[Session, Any]":  # Any: columns differ
    return Session.objects.live_at(moment).filter(pk=pk).columns_with_account()


def end_of_session() -> datetime:
    """A session ends so long after its last refresh."""
    return timezone.now() + settings.REFRESH_TOKEN_LIFETIME


class Session(Credential):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    # Counts the refreshes. The refresh token carries it: the current one is good, the one before for a moment.
    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=end_of_session)

    # When the access token of this very request expires; set by authentication.
    access_expires_at: datetime

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="session_of_user")]

    def __str__(self) -> str:
        return f"{self.user_agent or 'unknown device'} since {self.created_at:%Y-%m-%d}"

    @property
    def granted(self) -> frozenset[Scope]:
        return OF_LOGINS

    @property
    def valid_until(self) -> datetime:
        return self.access_expires_at

    def revoke(self) -> None:
        """End the session for good."""
        Session.objects.filter(pk=self.pk).live().revoke()

    def rotate(self, generation: int) -> "Session":
        """Exchange refresh token number `generation` for the next one.

        One conditional UPDATE: of parallel exchanges one wins, and the others get the winner's token, as does the
        retry of an answer that was lost, for REFRESH_TOKEN_GRACE. Anything older ends the session and raises
        `RefreshTokenReused` (RFC 9700, section 4.14.2). Raises `Session.DoesNotExist` where it has ended or
        is another account's, and where there is no such token.
        """
        now = timezone.now()
        standing = Session.objects.filter(pk=self.pk, user=self.user_id).live().of_active_accounts()
        current = standing.filter(generation=generation)
        current.update(generation=F("generation") + 1, rotated_at=now, last_used_at=now, expires_at=end_of_session())
        session = standing.get()
        if not 0 <= generation < session.generation:
            # It was never given out, so nobody can have used it twice.
            raise Session.DoesNotExist
        if not session.accepts(generation, now):
            session.revoke()
            raise RefreshTokenReused
        return session

    def accepts(self, generation: int, now: datetime) -> bool:
        """Whether the token before the current one, just exchanged, is `generation`."""
        if self.rotated_at is None or generation != self.generation - 1:
            return False
        return now <= self.rotated_at + settings.REFRESH_TOKEN_GRACE
