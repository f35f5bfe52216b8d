"""Send mail from the templates in templates/accounts/mail: a subject, an empty line and the text."""

import logging
from collections.abc import Mapping
from functools import partial
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import MailLink, ThrottleCounter, User
from accounts.models.mail_link import LINK_LIFETIME
from accounts.throttling import hash_email
from notes_api.config.rate import Rate
from notes_api.mail import PlainEmail, describe_mail_error, make_message_id, send_email
from notes_api.monitoring.metrics import mails
from outbox.kinds import AttemptFailed, Rest, handles
from outbox.worker import enqueue

logger = logging.getLogger(__name__)

# The codes with which a mail server says that a mailbox does not exist (RFC 5321, section 4.2.3).
UNKNOWN_MAILBOX = (550, 551, 553)
# Notices of one kind to one mailbox. Somebody else may own it: addresses need not be verified.
NOTICES = Rate(20, 3600)


def send_notice(user: User, name: str, **details: object) -> None:
    """Mail the owner that something happened to the account, at most 20 times an hour for each kind of notice.

    Call it in the transaction in which it happens.
    """
    key = f"notice:{name}:{hash_email(user.email)}"
    if settings.THROTTLE_MAIL is None or not ThrottleCounter.objects.reserve(key, NOTICES):
        send_template(name, user.email, user.pk, email=user.email, **details)


def send_template(name: str, recipient: str, user_id: UUID | None, **details: object) -> None:
    """Mail the recipient soon after the current transaction has committed. An erasure of the account cancels it."""
    enqueue("mail", payload_of(name, recipient, details), user_id)


def send_link(name: str, link: MailLink, **details: object) -> None:
    """Mail the link to its address as `send_template` does, as long as it is valid."""
    payload = payload_of(name, link.address, details)
    enqueue("mail", {**payload, "link": str(link.pk)}, link.user_id, LINK_LIFETIME)


def payload_of(name: str, recipient: str, details: Mapping[str, object]) -> dict[str, object]:
    return {"template": name, "recipient": recipient, "details": details, "message_id": make_message_id()}


@handles("mail")
def prepare_mail(payload: dict[str, Any]) -> Rest | None:  # Any: JSON
    """Return a function that sends the mail, or None if its link is no longer valid."""
    template, details = payload["template"], {"server": settings.PUBLIC_BASE_URL, **payload["details"]}
    if "link" in payload:
        link = MailLink.objects.renew(UUID(payload["link"]))
        if link is None:
            logger.info("A mail is not sent, because its link is no longer valid")
            return None
        if link.purpose == MailLink.Purpose.CHANGE and User.objects.with_email(link.address).exists():
            template = "change_taken"
        else:
            details["link"] = build_link(link)
    text = render_to_string(f"accounts/mail/{template}.txt", details)
    subject, _, body = text.partition("\n\n")
    return partial(deliver, PlainEmail(payload["recipient"], subject, body, payload["message_id"]))


def deliver(email: PlainEmail) -> None:
    """Send the mail. Raises `AttemptFailed`."""
    try:
        send_email(email)
    except (OSError, ValueError) as error:  # the first includes the errors of smtplib
        mails.labels("failed").inc()
        message = f"The e-mail {email.subject!r} was not sent: {describe_mail_error(error, email.recipient)}"
        raise AttemptFailed(message, is_final=is_unknown_mailbox(error)) from None
    mails.labels("sent").inc()


def is_unknown_mailbox(error: OSError | ValueError) -> bool:
    """Return whether the mail server says that there is no such mailbox.

    The operator may repair everything else: other codes above 500 say that the server does not relay for us, and a
    `ValueError` can come from the password in EMAIL_URL.
    """
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, SMTPRecipientsRefused) else []
    return any(code in UNKNOWN_MAILBOX for code in codes)


def build_link(link: MailLink) -> str:
    """Return the absolute URL of the page with this link's token.

    The token is in the query. A fragment would stay out of the logs of proxies, but only a script could read it.
    """
    path = "/password/reset/confirm" if link.purpose == MailLink.Purpose.RESET else "/email/verify"
    return f"{settings.PUBLIC_BASE_URL}{path}?token={link.token}"
