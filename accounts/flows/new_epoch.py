"""A new epoch, after a backup was restored: no number and no session from the lost time counts any more."""

import logging
import time
from typing import NamedTuple

from django.db import transaction

from accounts.flows.revocation import end_sessions_of_users
from accounts.models import ApiToken, Clock, Grant, MailLink, User

logger = logging.getLogger(__name__)


class EpochCounts(NamedTuple):
    accounts: int
    sessions: int
    tokens: int
    grants: int


@transaction.atomic
def begin_epoch(cause: str) -> EpochCounts:
    """Move every clock beyond all numbers it has ever issued; end all sessions, API tokens and grants."""
    # Microseconds since 1970: no account makes a million changes per second, so no clock has reached this number,
    # not even in an epoch that another restore has undone. JSON numbers stay exact until the year 2255.
    accounts = Clock.objects.begin_epoch(time.time_ns() // 1000)
    grants = Grant.objects.not_ended().revoke()
    sessions = end_sessions_of_users(User.objects.all())
    tokens = ApiToken.objects.live().revoke()
    # A link that was used in the lost time would work again.
    MailLink.objects.all().delete()
    logger.warning(
        "All sessions (%d), API tokens (%d) and grants (%d) were ended by %s", sessions, tokens, grants, cause
    )
    return EpochCounts(accounts, sessions, tokens, grants)
