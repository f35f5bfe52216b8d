"""`manage.py new_epoch`: run it after restoring a backup."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import ApiToken, Clock, MailLink, User

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Begins a new epoch after a backup was restored: every clock moves beyond all numbers that were ever given"
        " out, so that what clients remember of the lost time is refused (410, 412) and never mistaken. Every session"
        " ends and every API token is revoked, since some may have been in the lost time: everybody logs in again."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        # Microseconds since 1970: no account makes a million changes a second, so no clock has ever been there,
        # also not in an epoch that another restore has undone; and JSON numbers stay exact until the year 2255.
        with transaction.atomic():
            count = Clock.objects.begin_epoch(time.time_ns() // 1000)
            ended = User.objects.all().end_sessions()
            revoked = ApiToken.objects.live().revoke()
            # One that was used in the lost time would work again.
            MailLink.objects.all().delete()
        logger.warning("Every session (%d) and API token (%d) was ended by new_epoch", ended, revoked)
        self.stdout.write(f"A new epoch has begun for {count} accounts: every client will sync from the start.")
        self.stdout.write(f"Sessions ended: {ended}. Everybody has to log in again.")
        self.stdout.write(f"API tokens revoked: {revoked}. Programs need new ones.")
