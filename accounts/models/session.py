"""Login sessions: one login on one device."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.exceptions import RefreshTokenReused
from accounts.models.clock_skew import CLOCK_SKEW
from accounts.models.credential import Credential, CredentialQuerySet
from accounts.models.email_address import spellings
from accounts.scopes import LOGIN_SCOPES, Scope
from notes_api.db.compiled import Parameter, compiled

if TYPE_CHECKING:
    from accounts.models.otp import SecondFactor
    from accounts.models.user import User


# For how long a log-in is proof enough for sensitive changes.
RECENT_LOGIN = timedelta(minutes=10)
# For how long an IP address counts as known after a login from it. Sessions are kept at least as long.
KNOWN_ADDRESS_LIFETIME = timedelta(days=30)
# Live sessions of one account. A further login ends the oldest.
MAX_SESSIONS = 100
# Ended sessions that are kept of one account. A further login deletes the oldest.
MAX_ENDED_SESSIONS = 100


class SessionQuerySet(CredentialQuerySet["Session"]):
    def live_at(self, moment: datetime | Parameter) -> Self:
        assert isinstance(moment, datetime)  # noqa: S101  # compiled queries call `live_between`
        return self.live_between(moment - settings.SESSION_LIFETIME, moment)

    def live_between(self, oldest: datetime | Parameter, moment: datetime | Parameter) -> Self:
        """Sessions of log-ins after `oldest` that are not revoked and have not expired at `moment`."""
        return self.filter(revoked_at=None, expires_at__gt=moment, created_at__gt=oldest)

    def started_after(self, moment: datetime) -> Self:
        return self.filter(created_at__gt=moment)

    def of_devices(self) -> Self:
        """Sessions with tokens, not those of permission pages."""
        return self.filter(is_page=False)

    def of_pages(self) -> Self:
        return self.filter(is_page=True)

    def ended(self) -> Self:
        now = timezone.now()
        return self.filter(Q(expires_at__lte=now) | Q(revoked_at__isnull=False))

    def newest_first(self) -> Self:
        # Ids are in the order of creation and have an index together with the user.
        return self.order_by("-pk")

    def other_than(self, session: "Session") -> Self:
        return self.exclude(pk=session.pk)

    def recent_ip_addresses(self, email: str) -> "models.QuerySet[Session, str | None]":
        """Return the IP addresses from which this account logged in during the last 30 days."""
        recent = self.filter(user__email__in=spellings(email), created_at__gt=timezone.now() - KNOWN_ADDRESS_LIFETIME)
        return recent.order_by().values_list("ip_address", flat=True).distinct()

    def make_room(self, user: "User", *, is_page: bool) -> None:
        """End and delete the account's oldest sessions of this kind, so that one more stays within the limits."""
        alike = self.of_pages() if is_page else self.of_devices()
        self.filter(pk__in=alike.of(user).newest_first().live().values("pk")[MAX_SESSIONS - 1 :]).revoke()
        self.delete_oldest_ended(user)

    def delete_oldest_ended(self, user: "User") -> None:
        """Delete all but the newest ended sessions of the account."""
        self.filter(pk__in=self.of(user).newest_first().ended().values("pk")[MAX_ENDED_SESSIONS:]).delete()

    def start(
        self, user: "User", user_agent: str, ip_address: str | None, factor: "SecondFactor | None" = None,
        *, is_page: bool = False,
    ) -> "Session | None":  # fmt: skip
        """Start a session of a log-in that satisfied this second factor.

        Return None if the account was deactivated or its password changed since it was checked.
        """
        confirmed_at = None if factor is None else factor.confirmed_at
        # Without a savepoint: the caller's transaction, if there is one, has no use for a part of this.
        with transaction.atomic(savepoint=False):
            unchanged = type(user).objects.active().with_password_hash(user.password)
            if not unchanged.filter(pk=user.pk).update(last_login=timezone.now()):
                return None
            self.make_room(user, is_page=is_page)
            return self.create(
                user=user, user_agent=user_agent[:200], ip_address=ip_address, factor_confirmed_at=confirmed_at,
                is_page=is_page,
            )  # fmt: skip


@compiled
def session_with_account(  # Any: columns differ
    pk: Parameter, oldest: Parameter, moment: Parameter
) -> "models.QuerySet[Session, Any]":
    return Session.objects.live_between(oldest, moment).filter(pk=pk).values_with_account()


def end_of_session() -> datetime:
    """Return the expiry of a session that is started or refreshed now. Migrations refer to this function."""
    return timezone.now() + min(settings.REFRESH_TOKEN_LIFETIME, settings.SESSION_LIFETIME)


class Session(Credential):
    kind = "session"
    columns = ("id", "user_id", "user_agent", "created_at", "last_used_at", "factor_confirmed_at")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    # Number of refreshes. Refresh tokens carry it: the current one is valid, the previous one for a grace period.
    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(null=True)
    # The `confirmed_at` of the second factor that the log-in satisfied. It identifies the factor.
    factor_confirmed_at = models.DateTimeField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    # Whether it is the log-in of a permission page, which has no tokens.
    is_page = models.BooleanField(default=False, db_default=False)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=end_of_session)

    # When the access token of this request expires. Authentication sets it.
    access_expires_at: datetime

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="session_of_user")]

    def __str__(self) -> str:
        return f"{self.user_agent or 'unknown device'} since {self.created_at:%Y-%m-%d}"

    @classmethod
    def fetch(cls, session_id: UUID) -> "Session":
        """Return the live session with this id, with its account loaded. Raises `Session.DoesNotExist`."""
        now = timezone.now()
        return cls.build(session_with_account(pk=session_id, oldest=now - settings.SESSION_LIFETIME, moment=now))

    @property
    def label(self) -> str:
        return self.user_agent

    @property
    def granted_scopes(self) -> frozenset[Scope]:
        return LOGIN_SCOPES

    @property
    def valid_until(self) -> datetime:
        return self.access_expires_at

    def revoke(self) -> None:
        """End the session permanently."""
        Session.objects.filter(pk=self.pk).live().revoke()

    def end_within(self, lifetime: timedelta) -> None:
        """Let the session end after this time, whether it is used or not."""
        Session.objects.filter(pk=self.pk).update(expires_at=timezone.now() + lifetime)

    def is_recent_with(self, factor: "SecondFactor | None") -> bool:
        """Return whether the log-in is recent and satisfied `factor`, the account's present one.

        A log-in before the factor was confirmed did not satisfy it. One in the future is not recent: the clock went
        back, and nobody knows how long ago it was.
        """
        age = timezone.now() - self.created_at
        is_satisfied = factor is None or self.factor_confirmed_at == factor.confirmed_at
        return is_satisfied and -CLOCK_SKEW <= age < RECENT_LOGIN

    def rotate(self, generation: int) -> "Session":
        """Exchange the refresh token with this generation for the next one.

        One conditional UPDATE decides: of parallel exchanges one succeeds. The others get its token too, and so
        does a client that lost the response and retries within REFRESH_TOKEN_GRACE. An older token ends the session
        and raises `RefreshTokenReused` (RFC 9700, section 4.14.2). Raises `Session.DoesNotExist` if the session
        has ended or belongs to another account, or if the token was never issued.
        """
        now = timezone.now()
        live = Session.objects.filter(pk=self.pk, user=self.user_id).live().of_active_accounts()
        current = live.filter(generation=generation)
        started_at = live.values_list("created_at", flat=True).first() or now
        expires_at = min(end_of_session(), started_at + settings.SESSION_LIFETIME)
        current.update(generation=F("generation") + 1, rotated_at=now, last_used_at=now, expires_at=expires_at)
        session = live.get()
        if not 0 <= generation < session.generation:
            # This token was never issued, so this is not a reuse.
            raise Session.DoesNotExist
        if not session.is_in_grace_period(generation, now):
            session.revoke()
            raise RefreshTokenReused
        return session

    def is_in_grace_period(self, generation: int, now: datetime) -> bool:
        """Return whether `generation` is the previous one and was exchanged within the grace period."""
        if self.rotated_at is None or generation != self.generation - 1:
            return False
        return now <= self.rotated_at + settings.REFRESH_TOKEN_GRACE
