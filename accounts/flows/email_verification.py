"""Verify the e-mail address of an account with a link sent to it."""

from django.db import transaction
from django.utils import timezone

from accounts.mail import build_link, send_template
from accounts.models import MailLink, User
from accounts.models.user_queryset import UserQuerySet


def send_verification_link(user: User) -> None:
    """Mail a link that verifies the account's address, unless it is verified or the account is deactivated."""
    with transaction.atomic():
        if user.row.active().unverified().with_email(user.email).lock():
            token = MailLink.objects.issue(MailLink.Purpose.VERIFY, user.email, user.pk)
            send_template("verify", user.email, email=user.email, link=build_link("/email/verify", token))


def send_verification_links(users: UserQuerySet) -> None:
    for user in users:
        send_verification_link(user)


def verify_email(user: User, link: MailLink) -> None:
    """Mark the address as verified, because the link was sent only to it.

    Raises `MailLink.DoesNotExist` for an invalid link.
    """
    with transaction.atomic():
        if not user.row.active().with_email(link.address).update(email_verified_at=timezone.now()):
            raise MailLink.DoesNotExist
        link.use()
