"""Verify the e-mail address of an account with a link sent to it."""

from django.db import transaction
from django.utils import timezone

from accounts.mail import send_link
from accounts.models import MailLink, User


def send_verification_link(user: User) -> None:
    """Mail a link that verifies the account's address, unless it is verified or the account is deactivated."""
    with transaction.atomic():
        if user.row.active().unverified().with_email(user.email).lock():
            link = MailLink.objects.issue(MailLink.Purpose.VERIFY, user.email, user.pk)
            send_link("verify", link, email=user.email)


def verify_email(user: User, link: MailLink) -> None:
    """Mark the address as verified, because the link was sent only to it.

    Raises `MailLink.DoesNotExist` for an invalid link.
    """
    with transaction.atomic():
        if not user.row.active().with_email(link.address).update(email_verified_at=timezone.now()):
            raise MailLink.DoesNotExist
        link.use()
