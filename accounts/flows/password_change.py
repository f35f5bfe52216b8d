"""Change, reset or replace the password of an account, and end what the old one gave access to."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.exceptions import PasswordReplaced
from accounts.flows.revocation import end_access, end_sessions, revoke_api_tokens
from accounts.mail import send_link, send_notice, send_template
from accounts.models import ApiToken, MailLink, Session, User


def change_password(user: User, password: str, current: Session, *, revoke_tokens: bool = False) -> None:
    """Set a new password in place of the one just checked, and end every session but the current one.

    Raises `PasswordReplaced` if the password has been replaced since it was checked: of two changes at once,
    one succeeds.
    """
    hashed = make_password(password)
    with transaction.atomic():
        if not user.row.active().with_password_hash(user.password).update(password=hashed):
            raise PasswordReplaced
        end_sessions(user, keep=current)
        MailLink.objects.delete_for(user)
        if revoke_tokens:
            revoke_api_tokens(user)
        send_password_changed(user)
    user.password = hashed


def send_reset_link(user: User) -> None:
    """Mail a link that sets a new password to the account's address, unless the account is deactivated."""
    with transaction.atomic():
        if user.row.active().with_email(user.email).lock():
            mail_reset_link(user, "reset")


def mail_reset_link(user: User, template: str) -> None:
    """Issue a link that sets a new password and mail it with this template. The caller holds the account's lock."""
    link = MailLink.objects.issue(MailLink.Purpose.RESET, user.email, user.pk)
    send_link(template, link, email=user.email)


def reset_password(user: User, password: str, link: MailLink) -> None:
    """Set the password that was chosen with a link sent by mail, and end all other access to the account.

    The address counts as verified, because the link was sent only to it. Raises `MailLink.DoesNotExist` for an
    invalid link.
    """
    user.password = make_password(password)
    verified_at = Coalesce("email_verified_at", timezone.now())
    with transaction.atomic():
        account = user.row.active().with_email(link.address)
        if not account.update(password=user.password, email_verified_at=verified_at):
            raise MailLink.DoesNotExist
        link.use()
        end_access(user)
        send_password_changed(user)


def send_password_changed(user: User) -> None:
    """Tell the owner by mail that the password was changed with the old one or with a link."""
    send_notice(user, "password_changed", tokens=ApiToken.objects.of(user).live().count())


def replace_password(user: User, password: str | None, *, is_reset: bool = False) -> None:
    """Set a new password, or None to disable logging in with one, end every session and notify the owner.

    `is_reset` says that somebody else does this, because the owner could not log in. Others may have had access, so
    the API tokens are revoked too.
    """
    user.password = make_password(password)
    with transaction.atomic():
        user.row.update(password=user.password)
        end_sessions(user)
        MailLink.objects.delete_for(user)
        if is_reset:
            revoke_api_tokens(user)
        (send_password_notice if is_reset else send_password_changed)(user)


def send_password_notice(user: User) -> None:
    """Tell the owner by mail that somebody else has replaced or disabled the password.

    Owners of deactivated accounts get a mail too: the account can be reactivated, and that sends no mail.
    """
    action = "replaced" if user.has_usable_password() else "disabled"
    template = f"password_{action}" if user.row.active().exists() else "password_deactivated"
    send_template(template, user.email, user.pk, email=user.email, done=action)
