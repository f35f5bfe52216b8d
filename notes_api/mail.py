"""Plain mail to one person, by the server that EMAIL_URL names."""

import logging
from email.utils import make_msgid, parseaddr
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from notes_api.errands import errands

logger = logging.getLogger(__name__)


class Letter(NamedTuple):
    recipient: str
    subject: str
    text: str


def post(letter: Letter) -> None:
    """Send it soon. Nobody hears of a failure but the log: whoever misses a mail asks for another."""
    errands.add(partial(try_to_deliver, letter))


def try_to_deliver(letter: Letter) -> None:
    try:
        deliver(letter)
    except OSError as error:  # the errors of smtplib are some, too
        logger.error("The mail %r was not sent: %s", letter.subject, error)  # noqa: TRY400 (a trace would tell no more)


def deliver(letter: Letter) -> None:
    """Send it now. Raises `OSError`."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        # Django's own would look up, and tell, how this machine is called at home.
        "Message-ID": make_msgid(domain=domain),
        # No answering machine shall answer (RFC 3834, section 5).
        "Auto-Submitted": "auto-generated",
    }
    message = EmailMessage(
        letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, [letter.recipient], headers=headers
    )
    mailer().send_messages([message])


def mailer() -> BaseEmailBackend:
    """What MAILERS names, which Django knows from 6.1 on."""
    if hasattr(mail, "mailers"):
        connection: BaseEmailBackend = mail.mailers.default
        return connection
    config = settings.MAILERS["default"]
    return mail.get_connection(config["BACKEND"], **config.get("OPTIONS", {}))
