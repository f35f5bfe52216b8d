"""Links sent by mail. Following one proves access to the mailbox."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.digest import digest_secret

if TYPE_CHECKING:
    from accounts.models.user import User

LINK_LIFETIME = timedelta(hours=1)
TOKEN_BYTES = 32
# Links of one account. Another one replaces the oldest. THROTTLE_MAIL allows fewer of each purpose in their lifetime.
MAX_LINKS = 20


class MailLinkQuerySet(models.QuerySet["MailLink"]):
    def for_purposes(self, *purposes: "MailLink.Purpose") -> Self:
        return self.filter(purpose__in=purposes)

    def unexpired(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())

    def delete_for(self, user: "User", *purposes: "MailLink.Purpose") -> None:
        """Delete the account's links for these purposes, or all of them if none is given."""
        links = self.filter(user=user)
        (links.for_purposes(*purposes) if purposes else links).delete()

    def issue(self, purpose: str, address: str, user_id: UUID) -> str:
        """Create a link and return its token, which is not stored."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.create(purpose=purpose, address=address, user_id=user_id, digest=digest_secret(token))
        newest_first = self.filter(user=user_id).order_by("-pk")
        self.filter(pk__in=newest_first.values("pk")[MAX_LINKS:]).delete()
        return token

    def get_by_token(self, token: str, *purposes: "MailLink.Purpose") -> "MailLink":
        """Return the link with this token, with its user loaded.

        Raises `MailLink.DoesNotExist` if the link was used, has expired or is for another purpose.
        """
        return self.unexpired().for_purposes(*purposes).select_related("user").get(digest=digest_secret(token))


def end_of_link() -> datetime:
    """Return the expiry of a link that is created now. Migrations refer to this function."""
    return timezone.now() + LINK_LIFETIME


class MailLink(models.Model):
    """A link that works once, for one purpose.

    `address` is where it was sent: the account's own address, or the new one if the link confirms a change.
    """

    class Purpose(models.TextChoices):
        RESET = "reset", "set a new password"
        VERIFY = "verify", "verify the address"
        CHANGE = "change", "have this address from now on"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_links")
    purpose = models.CharField(max_length=16, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    address = models.EmailField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=end_of_link, db_index=True)

    objects = MailLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, sent to {self.address}"

    def use(self) -> None:
        """Use the link up. Raises `MailLink.DoesNotExist`; of parallel uses one succeeds.

        Call it in the transaction that does what the link is for, after the account is locked. Every transaction
        that deletes links locks the account first, so that they cannot deadlock.
        """
        if not MailLink.objects.filter(pk=self.pk).delete()[0]:
            raise MailLink.DoesNotExist
