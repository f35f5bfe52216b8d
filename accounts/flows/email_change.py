"""Change the e-mail address of an account."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import EmailTaken
from accounts.mail import send_link, send_template
from accounts.models import MailLink, User
from accounts.models.email_address import clean_email


def send_change_link(user: User, email: str) -> None:
    """Mail a link to the new address that makes it the account's address, and delete earlier links of this kind.

    If the new address already has an account, the mail says so instead. That is decided when the mail is sent, so that
    the request does the same for every address. Nothing is sent if the password that was just checked has been
    replaced in the meantime.
    """
    with transaction.atomic():
        if not user.row.active().with_password_hash(user.password).lock():
            return
        MailLink.objects.delete_for(user, MailLink.Purpose.CHANGE)
        link = MailLink.objects.issue(MailLink.Purpose.CHANGE, email, user.pk)
        send_link("change", link, email=user.email)


def confirm_change(user: User, link: MailLink) -> None:
    """Give the account the address that the link was sent to.

    Raises `MailLink.DoesNotExist` for an invalid link, and `EmailTaken`.
    """
    try:
        # An earlier version may have sent the link, and stored the address in another form.
        email = clean_email(link.address)
    except ValidationError:
        raise MailLink.DoesNotExist from None
    with transaction.atomic():
        if not user.row.active().lock():
            raise MailLink.DoesNotExist
        link.use()
        replace_email(user, email, verified_at=timezone.now())


def change_email(user: User, email: str) -> bool:
    """Change the address without a confirmation.

    Returns False if the password that was just checked has been replaced. Raises `EmailTaken`.
    """
    with transaction.atomic():
        is_unchanged = user.row.active().with_password_hash(user.password).lock()
        if is_unchanged:
            replace_email(user, email, verified_at=None)
        return is_unchanged


def replace_email(user: User, email: str, *, verified_at: datetime | None) -> None:
    """Replace the address, notify the old one and delete all links sent so far. Raises `EmailTaken`."""
    try:
        with transaction.atomic():
            old_email = user.row.select_for_update().values_list("email", flat=True).get()
            user.row.update(email=email, email_verified_at=verified_at)
            MailLink.objects.delete_for(user)
            send_template("changed", old_email, user.pk, email=old_email)
    except IntegrityError as error:
        raise EmailTaken(email) from error
    user.email, user.email_verified_at = email, verified_at
    log_event(SecurityEvent.EMAIL_CHANGED, user.pk)
