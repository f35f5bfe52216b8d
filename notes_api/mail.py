"""Sends plain-text e-mail to one recipient through the server that EMAIL_URL names."""

import logging
from email.headerregistry import Address
from email.message import EmailMessage as MIMEMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, make_msgid, parseaddr
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.utils import timezone

from notes_api.background_tasks import task_queue
from notes_api.monitoring.metrics import mails

logger = logging.getLogger(__name__)


class PlainEmail(NamedTuple):
    recipient: str
    subject: str
    text: str


def queue_email(email: PlainEmail) -> None:
    """Send the e-mail soon. A failure is only logged: a user who gets no e-mail can request another."""
    if task_queue.add(partial(send_or_log, email)) is False:
        mails.labels("failed").inc()


def send_or_log(email: PlainEmail) -> None:
    try:
        send_email(email)
        mails.labels("sent").inc()
    except OSError as error:  # includes the errors of smtplib
        # A traceback would add nothing to the message. Mail servers quote the address.
        reason = str(error).replace(email.recipient, "(recipient)")
        mails.labels("failed").inc()
        logger.error("The e-mail %r was not sent: %s", email.subject, reason)  # noqa: TRY400


def send_email(email: PlainEmail) -> None:
    """Send the e-mail now. Raises `OSError`."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        # Django's default would look up this machine's local name and reveal it.
        "Message-ID": make_msgid(domain=domain),
        # This stops automatic replies (RFC 3834, section 5).
        "Auto-Submitted": "auto-generated",
    }
    backend = get_mail_backend()
    local = email.recipient.rpartition("@")[0]
    if isinstance(backend, SMTPBackend) and not local.isascii():
        send_with_smtputf8(email, headers, backend)
        return
    message = EmailMessage(email.subject, email.text, settings.DEFAULT_FROM_EMAIL, [email.recipient], headers=headers)
    backend.send_messages([message])


def send_with_smtputf8(email: PlainEmail, headers: dict[str, str], backend: SMTPBackend) -> None:
    """Send to an address with letters before the @ that are not ASCII (RFC 6531), which Django would misspell.

    Only accounts of earlier versions have such addresses. Raises `OSError`, also if the mail server does not support
    them.
    """
    message = MIMEMessage(policy=SMTPUTF8)
    local, _, domain = email.recipient.rpartition("@")
    values = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "To": Address(username=local, domain=domain),
        "Subject": email.subject,
    }
    for name, value in {**values, "Date": format_datetime(timezone.now()), **headers}.items():
        message[name] = value
    message.set_content(email.text)
    backend.open()
    try:
        backend.connection.send_message(message, to_addrs=[email.recipient])  # type: ignore[union-attr]  # it is open
    finally:
        backend.close()


def get_mail_backend() -> BaseEmailBackend:
    """Return the default backend of the MAILERS setting, which Django supports from 6.1 on."""
    if hasattr(mail, "mailers"):
        backend: BaseEmailBackend = mail.mailers.default
        return backend
    config = settings.MAILERS["default"]
    return mail.get_connection(config["BACKEND"], **config.get("OPTIONS", {}))
