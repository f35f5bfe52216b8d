"""Links that are sent by mail: whoever follows one reads that mailbox."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from accounts.models.user import User

LIFETIME = timedelta(hours=1)
TOKEN_BYTES = 32


class MailLinkQuerySet(models.QuerySet["MailLink"]):
    def of_any(self, users: "models.QuerySet[User]") -> Self:
        return self.filter(user__in=users)

    def meant_to(self, *purposes: "MailLink.Purpose") -> Self:
        return self.filter(purpose__in=purposes)

    def standing(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())

    def issue(self, purpose: str, address: str, user_id: UUID) -> str:
        """Make a link; the token that goes into it is kept nowhere else."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.create(purpose=purpose, address=address, user_id=user_id, digest=digest_of(token))
        return token

    def read(self, token: str, *purposes: "MailLink.Purpose") -> "MailLink":
        """The link with this token; `MailLink.DoesNotExist` if it was used, is too old or is for something else."""
        return self.standing().meant_to(*purposes).select_related("user").get(digest=digest_of(token))


def digest_of(token: str) -> str:
    # Of 256 random bits: nothing to be gained by a slow hash.
    return sha256(token.encode()).hexdigest()


def end_of_link() -> datetime:
    return timezone.now() + LIFETIME


class MailLink(models.Model):
    """Works once, for one purpose, as long as it leads to the address that it was sent to.

    That is the account's own or, where it is for a change, the one that the account shall have.
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
        """Use the link up, in the transaction that does what it is for. Of many at once one succeeds.

        Comes after the account is locked, as in every other transaction that ends links, so that none waits for
        one that waits for it. Raises `MailLink.DoesNotExist`.
        """
        if not MailLink.objects.filter(pk=self.pk).delete()[0]:
            raise MailLink.DoesNotExist
