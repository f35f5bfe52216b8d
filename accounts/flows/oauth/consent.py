"""What a user decides on the page of the authorisation server."""

import re
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import SessionEnded
from accounts.mail import send_notice
from accounts.models import ApiToken, Grant, OAuthClient, Session, User

# Dots, slashes and colons could make a link of the name in a mail.
NOT_PLAIN = re.compile(r"[^\w ()&+'-]+")


class Decision(NamedTuple):
    """What the user allows."""

    scopes: Collection[str]
    tags: Collection[str]


def allow(  # Any: columns of the grant
    session: Session, client: OAuthClient, decision: Decision, **bound_to: Any
) -> Grant:
    """Create the grant for the account of the session of the page, and end this session.

    Raises `SessionEnded` if the session has ended, also because the page was already answered, and
    `OAuthClient.DoesNotExist` if staff have just removed the client.
    """
    with transaction.atomic():
        holder = lock_holder(session)
        grant = Grant.objects.issue(holder, client, decision.scopes, decision.tags, **bound_to)
        log_event(SecurityEvent.GRANT_CREATED, holder.pk, grant=grant.pk)
        report_new_grant(holder, grant)
    return grant


def report_new_grant(holder: User, grant: Grant) -> None:
    send_notice(
        holder, "grant_created", client=NOT_PLAIN.sub(" ", grant.client_name), scopes=" ".join(grant.scopes),
        tags=", ".join(grant.tags), days=settings.REFRESH_TOKEN_LIFETIME.days, grant=str(grant.pk),
    )  # fmt: skip


def refuse(session: Session) -> None:
    """End the session of the page."""
    with suppress(SessionEnded), transaction.atomic():
        lock_holder(session)


def lock_holder(session: Session) -> User:
    """Lock and return the account of a live session, and end the session. Raises `SessionEnded`.

    Until the commit no password reset misses what the caller creates.
    """
    user_id = Session.objects.filter(pk=session.pk).values_list("user", flat=True).first()
    holder = None if user_id is None else ApiToken.objects.lock_account(user_id)
    if holder is None or not Session.objects.usable_among([session.pk]).exists():
        raise SessionEnded
    session.revoke()
    return holder
