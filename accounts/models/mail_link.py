"""Links sent by mail. Following one proves access to the mailbox."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.digest import digest_secret
from notes_api.config.secret_keys import derive_key
from notes_api.db.encryption import UndecryptableError

if TYPE_CHECKING:
    from accounts.models.user import User

LINK_LIFETIME = timedelta(hours=1)
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

    def issue(self, purpose: str, address: str, user_id: UUID) -> "MailLink":
        """Create a link, and delete the account's oldest."""
        link = MailLink(purpose=purpose, address=address, user_id=user_id)
        link.digest = digest_secret(derive_token(link.pk, settings.SECRET_KEY))
        link.save(force_insert=True)
        newest_first = self.filter(user=user_id).order_by("-pk")
        self.filter(pk__in=newest_first.values("pk")[MAX_LINKS:]).delete()
        return link

    def renew(self, link_id: UUID) -> "MailLink | None":
        """Begin the lifetime of a link again, because it is about to be sent. Return None if it is no longer valid."""
        if not self.unexpired().filter(pk=link_id).update(expires_at=end_of_link()):
            return None
        return self.filter(pk=link_id).first()

    def get_by_token(self, token: str, *purposes: "MailLink.Purpose") -> "MailLink":
        """Return the link with this token, with its user loaded.

        Raises `MailLink.DoesNotExist` if the link was used, has expired or is for another purpose.
        """
        return self.unexpired().for_purposes(*purposes).select_related("user").get(digest=digest_secret(token))


def derive_token(link_id: UUID, secret: str | bytes) -> str:
    key = derive_key(secret, b"mail link", SHA256(), length=32)
    return urlsafe_b64encode(hmac.digest(key, link_id.bytes, "sha256")).rstrip(b"=").decode()


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

    @property
    def token(self) -> str:
        """The token, which is not stored: it is derived from the id with SECRET_KEY each time that the link is sent.

        Raises `UndecryptableError` if the key that it was derived with is no longer configured.
        """
        tokens = [derive_token(self.pk, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
        token = next((token for token in tokens if digest_secret(token) == self.digest), None)
        if token is None:
            raise UndecryptableError
        return token

    def use(self) -> None:
        """Use the link up. Raises `MailLink.DoesNotExist`; of parallel uses one succeeds.

        Call it in the transaction that does what the link is for, after the account is locked. Every transaction
        that deletes links locks the account first, so that they cannot deadlock.
        """
        if not MailLink.objects.filter(pk=self.pk).delete()[0]:
            raise MailLink.DoesNotExist
