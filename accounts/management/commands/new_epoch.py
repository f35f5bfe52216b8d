"""`manage.py new_epoch`: run it after restoring a backup."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.flows.revocation import end_sessions_of_users
from accounts.models import ApiToken, Clock, MailLink, User

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Starts a new epoch after a backup was restored. Every clock moves beyond all numbers it has ever issued, so"
        " that cursors and ETags from the lost time get 410 and 412. All sessions end and all API tokens are revoked,"
        " because some may have been ended in the lost time: all users have to log in again."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        # Microseconds since 1970: no account makes a million changes per second, so no clock has reached this number,
        # not even in an epoch that another restore has undone. JSON numbers stay exact until the year 2255.
        with transaction.atomic():
            count = Clock.objects.begin_epoch(time.time_ns() // 1000)
            ended = end_sessions_of_users(User.objects.all())
            revoked = ApiToken.objects.live().revoke()
            # A link that was used in the lost time would work again.
            MailLink.objects.all().delete()
        logger.warning("All sessions (%d) and API tokens (%d) were ended by new_epoch", ended, revoked)
        self.stdout.write(f"Started a new epoch for {count} accounts: every client will sync from the start.")
        self.stdout.write(f"Sessions ended: {ended}. All users have to log in again.")
        self.stdout.write(f"API tokens revoked: {revoked}. Programs need new ones.")
