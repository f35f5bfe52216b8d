"""The e-mail address of an account: it names the account, and whoever reads its mail can get in."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from accounts.models.mail_link import MailLink

if TYPE_CHECKING:
    from accounts.models.user import UserQuerySet


class EmailAccount(AbstractBaseUser):
    email = models.EmailField(
        "e-mail address", unique=True, error_messages={"unique": "An account with this e-mail address already exists."}
    )
    # When somebody who reads that mailbox last said so; staff vouch for the addresses that they enter.
    email_verified_at = models.DateTimeField("address verified", null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def row(self) -> "UserQuerySet":
        """The account as it is now: what was read before may be stale."""
        row: UserQuerySet = get_user_model().objects.among([self])
        return row

    def end_links(self) -> None:
        """Links sent by mail do nothing any more."""
        MailLink.objects.of_any(self.row).delete()
