"""Send mail from the templates in templates/accounts/mail: a subject, an empty line and the text."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import ThrottleCounter, User
from accounts.throttling import hash_email
from notes_api.config.rate import Rate
from notes_api.mail import PlainEmail, queue_email

# Notices of one kind to one mailbox. Somebody else may own it: addresses need not be verified.
NOTICES = Rate(20, 3600)


def send_notice(user: User, name: str, **details: object) -> None:
    """Mail the owner that something happened to the account, at most 20 times an hour for each kind of notice."""
    key = f"notice:{name}:{hash_email(user.email)}"
    if settings.THROTTLE_MAIL is None or not ThrottleCounter.objects.reserve(key, NOTICES):
        send_template(name, user.email, email=user.email, **details)


def send_template(name: str, recipient: str, **details: object) -> None:
    """Render the template and queue the mail when the current transaction has committed."""
    text = render_to_string(f"accounts/mail/{name}.txt", {"server": settings.PUBLIC_BASE_URL, **details})
    subject, _, body = text.partition("\n\n")
    transaction.on_commit(partial(queue_email, PlainEmail(recipient, subject, body)), robust=True)


def build_link(path: str, token: str) -> str:
    """Return the absolute URL of a page with this token.

    The token is in the query. A fragment would stay out of the logs of proxies, but only a script could read it.
    """
    return f"{settings.PUBLIC_BASE_URL}{path}?token={token}"
