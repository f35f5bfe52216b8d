"""The e-mail address of an account: it names the account, and whoever reads its mail can get in."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.letters import link_to, send
from accounts.models.mail_link import MailLink

if TYPE_CHECKING:
    from accounts.models.user import UserQuerySet


class EmailTaken(Exception):
    """Another account has this address, in whatever letter case."""


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

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def must_verify_email(self) -> bool:
        """Whether a log-in has to wait until the address is verified."""
        return settings.EMAIL_VERIFICATION == "required" and not self.email_verified

    @property
    def is_unclaimed(self) -> bool:
        """Whether nobody has shown yet that the address is theirs, and nobody was ever in."""
        return not self.email_verified and self.last_login is None

    def send_verification_link(self) -> None:
        """Mail a link that verifies the account's own address, unless that is done or the account is shut."""
        with transaction.atomic():
            if self.row.active().unverified().with_email(self.email).lock():
                token = MailLink.objects.issue(MailLink.Purpose.VERIFY, self.email, self.pk)
                send("verify", self.email, email=self.email, link=link_to("/email/verify", token))

    def send_change_link(self, email: str) -> None:
        """Mail a link to this address that makes it the account's own, in place of any sent to another one.

        Where it has an account already, that is what the mail says. Whoever asked has given the password: nothing
        is sent once there is another one.
        """
        with transaction.atomic():
            if not self.row.active().with_password_hash(self.password).lock():
                return
            self.end_links(MailLink.Purpose.CHANGE)
            if get_user_model().objects.with_email(email).exists():
                send("change_taken", email)
                return
            token = MailLink.objects.issue(MailLink.Purpose.CHANGE, email, self.pk)
            send("change", email, email=self.email, link=link_to("/email/verify", token))

    def verify_email(self, link: MailLink) -> None:
        """Whoever has the link reads the account's mail. Raises `MailLink.DoesNotExist` where it is no longer good."""
        with transaction.atomic():
            if not self.row.active().with_email(link.address).update(email_verified_at=timezone.now()):
                raise MailLink.DoesNotExist
            link.use()

    def vouch_for_email(self) -> None:
        """Somebody who knows whose it is says so."""
        self.row.update(email_verified_at=timezone.now())

    def confirm_change(self, link: MailLink) -> None:
        """Have the address that the link was sent to. Raises as `verify_email` does, and `EmailTaken`."""
        with transaction.atomic():
            if not self.row.active().lock():
                raise MailLink.DoesNotExist
            link.use()
            self.replace_email(link.address, verified_at=timezone.now())

    def change_email(self, email: str) -> bool:
        """Have another address at once; False where the password just checked is no longer that of the account.

        Raises `EmailTaken`.
        """
        with transaction.atomic():
            is_unchanged = self.row.active().with_password_hash(self.password).lock()
            if is_unchanged:
                self.replace_email(email, verified_at=None)
            return is_unchanged

    def replace_email(self, email: str, *, verified_at: datetime | None) -> None:
        """Have another address, tell the one before, and end the links sent until now. Raises `EmailTaken`."""
        try:
            with transaction.atomic():
                before = self.row.select_for_update().values_list("email", flat=True).get()
                self.row.update(email=email, email_verified_at=verified_at)
                self.end_links()
                send("changed", before, email=before)
        except IntegrityError as error:
            raise EmailTaken(email) from error
        self.email, self.email_verified_at = email, verified_at

    def end_links(self, *purposes: MailLink.Purpose) -> None:
        """Links sent by mail do nothing any more: those for these purposes, or all."""
        links = MailLink.objects.of_any(self.row)
        (links.meant_to(*purposes) if purposes else links).delete()
