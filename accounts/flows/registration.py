"""Register with an e-mail address, which may have to be verified."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.exceptions import EmailTaken
from accounts.flows.email_verification import send_verification_link
from accounts.flows.password_change import mail_reset_link
from accounts.models import MailLink, User
from accounts.models.mail_link import LINK_LIFETIME
from outbox.worker import enqueue


def register(email: str, password: str) -> User:
    """Create an account and mail a verification link if the server verifies addresses. Raises `EmailTaken`."""
    user = User(email=email, password=make_password(password))
    if settings.EMAIL_VERIFICATION != "optional":
        user.create()
        return user
    with transaction.atomic():
        user.create()
        # The handler makes the link, so that the request takes one statement more.
        enqueue("verification_link", {"email": email}, user.pk, LINK_LIFETIME)
    return user


def sign_up(email: str, password_hash: str) -> None:
    """Create an account, or mail the holder of the address. The result is sent by mail only, not to the client."""
    user = User(email=email, password=password_hash)
    try:
        user.create()
    except EmailTaken:
        for holder in User.objects.with_email(email):
            sign_up_again(holder)
    else:
        send_verification_link(user)


def sign_up_again(user: User) -> None:
    """Tell the holder of the address by mail that the account exists, with a link that sets a new password.

    A person who registers with an unclaimed address may not own it. From the second registration on, the passwords
    typed at the registrations are invalid. Only one that is chosen with the link in the mail is valid.
    """
    with transaction.atomic():
        if user.row.active().with_email(user.email).lock():
            if user.row.unclaimed().update(password=make_password(None)):
                MailLink.objects.delete_for(user, MailLink.Purpose.VERIFY)
            mail_reset_link(user, "sign_up_again")
