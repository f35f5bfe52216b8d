"""Sends plain-text e-mail to one recipient through the server that EMAIL_URL names."""

import re
import smtplib
import socket
import threading
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage as MIMEMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any, NamedTuple

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.utils import timezone

# What a mail server may quote in its responses.
ADDRESS = re.compile(r"[^\s<>'\"(){},:;]+@[^\s<>'\"(){},:;]+")
TOKEN = re.compile(r"(?<=token=)[\w-]+")
# A mail server has 10 seconds for each packet, and these for the whole conversation. After `outbox.timing.CLAIM`,
# another process would send the same e-mail.
MAX_SECONDS = 150.0


class LimitedSMTP(smtplib.SMTP):
    """A conversation that fails with an `OSError` after `MAX_SECONDS`."""

    def __init__(self, *args: Any, **options: Any) -> None:  # Any: as of smtplib
        self.timer = threading.Timer(MAX_SECONDS, self.shut)
        self.timer.daemon = True
        self.timer.start()
        try:
            super().__init__(*args, **options)
        except BaseException:
            self.timer.cancel()
            raise

    def shut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.timer.cancel()
        super().close()


class LimitedSMTPS(LimitedSMTP, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class LimitedSMTPBackend(SMTPBackend):
    @property
    def connection_class(self) -> type[LimitedSMTP]:
        return LimitedSMTPS if self.use_ssl else LimitedSMTP


class PlainEmail(NamedTuple):
    recipient: str
    subject: str
    text: str
    # A program that gets the e-mail twice with the same id shows it once.
    message_id: str = ""


def make_message_id() -> str:
    # Without a domain, Python would look up this machine's local name and reveal it.
    return make_msgid(domain=parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])


def describe_mail_error(error: Exception, recipient: str) -> str:
    """Return the message of an error of `send_email`, without addresses and the tokens of links."""
    text = re.sub(re.escape(recipient), "(recipient)", str(error), flags=re.IGNORECASE)
    return TOKEN.sub("(hidden)", ADDRESS.sub("(address)", text))


def send_email(email: PlainEmail) -> None:
    """Send the e-mail now. Raises `OSError`."""
    headers = {
        "Message-ID": email.message_id or make_message_id(),
        # This stops automatic replies (RFC 3834, section 5).
        "Auto-Submitted": "auto-generated",
    }
    backend = get_mail_backend()
    local = email.recipient.rpartition("@")[0]
    if isinstance(backend, SMTPBackend) and not local.isascii():
        send_with_smtputf8(email, headers, backend)
        return
    message = EmailMessage(email.subject, email.text, settings.DEFAULT_FROM_EMAIL, [email.recipient], headers=headers)
    try:
        backend.send_messages([message])
    finally:
        # After a log-in that failed, Django leaves the connection open.
        backend.close()


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
    try:
        backend.open()
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
