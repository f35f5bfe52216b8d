"""`manage.py purge`: deletes expired data. Run it daily."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.flows.erasure import erase_all
from accounts.models import ApiToken, MailLink, SecondFactor, Session, ThrottleCounter, User
from accounts.models.session import KNOWN_ADDRESS_LIFETIME
from notes.models import Note, StoredAnswer, StreamSlot
from notes_api.db.sqlite import truncate_wal


class Command(BaseCommand):
    help = (
        "Purges notes that were in the trash for TRASH_DAYS, and deletes tombstones after TOMBSTONE_DAYS. Deletes"
        " expired sessions, tokens, stored responses, mail links and counters. If addresses must be verified, erases"
        " accounts that were not verified within a week. After a change of SECRET_KEY, encrypts second factors with the"
        " new key. Safe to run at any time, and on several machines at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        now = timezone.now()
        trash, tombstones = (now - timedelta(days=days) for days in (settings.TRASH_DAYS, settings.TOMBSTONE_DAYS))
        self.report("notes purged from the trash", Note.objects.trashed_before(trash).purge_all())
        self.report("tombstones deleted", Note.objects.purged_before(tombstones).delete_all_tombstones())
        self.report("stored responses deleted", StoredAnswer.objects.stale().remove())
        self.report(
            "ended sessions deleted", Session.objects.ended_before(min(trash, now - KNOWN_ADDRESS_LIFETIME)).delete()[0]
        )
        self.report("ended API tokens deleted", ApiToken.objects.ended_before(trash).delete()[0])
        self.report("expired mail links deleted", MailLink.objects.expired().delete()[0])
        self.report("unverified accounts erased", erase_all(User.objects.abandoned()))
        self.report("counters deleted", ThrottleCounter.objects.expired().delete()[0])
        self.report("stream slots deleted", StreamSlot.objects.expired().delete()[0])
        self.report("second factors encrypted again", SecondFactor.objects.reencrypt())
        # The sessions of the admin. Django does not return their number.
        SessionStore.clear_expired()
        truncate_wal()

    def report(self, what: str, count: int) -> None:
        self.stdout.write(f"{count:>8} {what}")
