"""`manage.py purge`: what has been kept long enough goes; run it daily."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import ApiToken, MailLink, SecondFactor, Session, ThrottleCounter, User
from accounts.models.session import KNOWN_FOR
from notes.models import Note, StoredAnswer
from notes_api.embedded import forget_log


class Command(BaseCommand):
    help = (
        "Purges trash older than TRASH_DAYS, forgets deletions older than TOMBSTONE_DAYS, and removes expired"
        " sessions, tokens, answers, links and counters. Where addresses must be verified, accounts go that nobody"
        " has claimed for a week. After a change of SECRET_KEY it seals anew what the"
        " earlier one sealed. Safe to run at any time, on several machines at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        now = timezone.now()
        trash, tombstones = (now - timedelta(days=days) for days in (settings.TRASH_DAYS, settings.TOMBSTONE_DAYS))
        self.report("notes purged from the trash", Note.objects.trashed_before(trash).purge_all())
        self.report("deletions forgotten", Note.objects.purged_before(tombstones).forget_all())
        self.report("stored answers removed", StoredAnswer.objects.stale().remove())
        self.report("ended sessions removed", Session.objects.over_before(min(trash, now - KNOWN_FOR)).delete()[0])
        self.report("ended API tokens removed", ApiToken.objects.over_before(trash).delete()[0])
        self.report("links from mails removed", MailLink.objects.expired().delete()[0])
        self.report("accounts erased that nobody claimed", User.objects.abandoned().erase_all())
        self.report("counters removed", ThrottleCounter.objects.expired().delete()[0])
        self.report("second factors sealed anew", SecondFactor.objects.reseal())
        # The cookies of the admin; Django does not say how many.
        SessionStore.clear_expired()
        forget_log()

    def report(self, what: str, count: int) -> None:
        self.stdout.write(f"{count:>8} {what}")
