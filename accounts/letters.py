"""What people get by mail. The texts are in templates/accounts/mail: a subject, an empty line, the text."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from notes_api.mail import Letter, post


def send(name: str, recipient: str, **details: str) -> None:
    """Send this letter once the transaction around it has committed."""
    text = render_to_string(f"accounts/mail/{name}.txt", {"server": settings.PUBLIC_BASE_URL, **details})
    subject, _, body = text.partition("\n\n")
    transaction.on_commit(partial(post, Letter(recipient, subject, body)), robust=True)


def link_to(path: str, token: str) -> str:
    """Where to click. What follows `#` would reach no proxy, but no page without a script either."""
    return f"{settings.PUBLIC_BASE_URL}{path}?token={token}"
