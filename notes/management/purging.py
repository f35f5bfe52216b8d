"""What `manage.py purge` and the daily work of the server delete because of its age."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.flows.erasure import erase_all
from accounts.flows.erasure_journal import tidy_journal
from accounts.models import (
    ApiToken,
    DeviceRequest,
    Grant,
    MailLink,
    OAuthClient,
    SecondFactor,
    Session,
    ThrottleCounter,
    User,
)
from accounts.models.session import KNOWN_ADDRESS_LIFETIME
from notes.management.daily_work import clock
from notes.management.daily_work.recording import recorded
from notes.models import DailyWork, Export, Import, Note, StoredAnswer, StoredFile, StreamSlot
from notes.models.daily_work import Job
from notes_api.db.short_transactions import delete_in_batches
from notes_api.db.sqlite import truncate_wal
from outbox.models import Entry

# Is called with what was deleted, and how many.
Report = Callable[[str, int], None]


def purge(report: Report, *, is_clock_trusted: bool = False) -> None:
    """Delete what has expired, and encrypt second factors with the present key.

    Raises `ClockNotTrusted` if the clock may have jumped and the operator has not said that it is right.
    """
    with recorded(Job.PURGE):
        report("second factors encrypted again", SecondFactor.objects.reencrypt())
        work = DailyWork.objects.load()
        if is_clock_trusted:
            clock.trust(work)
        else:
            clock.require_trusted(work)
        clock.store_time(work)
        for what, count in delete_expired():
            report(what, count)
        # The sessions of the admin. Django does not return their number.
        SessionStore.clear_expired()
        truncate_wal()


def delete_expired() -> Iterator[tuple[str, int]]:
    now = timezone.now()
    trash, tombstones = (now - timedelta(days=days) for days in (settings.TRASH_DAYS, settings.TOMBSTONE_DAYS))
    ended = Session.objects.ended_before(min(trash, now - KNOWN_ADDRESS_LIFETIME))
    yield "notes purged from the trash", Note.objects.trashed_before(trash).purge_all()
    yield "tombstones deleted", Note.objects.purged_before(tombstones).delete_all_tombstones()
    yield "stored responses deleted", StoredAnswer.objects.stale().remove_in_batches()
    yield "ended sessions deleted", delete_in_batches(ended)
    yield "ended API tokens deleted", delete_in_batches(ApiToken.objects.ended_before(trash))
    yield "device requests deleted", delete_in_batches(DeviceRequest.objects.expired())
    yield "ended grants deleted", delete_in_batches(Grant.objects.ended_before(trash) | Grant.objects.abandoned())
    clients = OAuthClient.objects.removed().without_address()
    if settings.OAUTH != "closed":
        # There, only staff add clients, and programs cannot register again.
        clients |= OAuthClient.objects.present().unused()
    yield "unused OAuth clients deleted", delete_in_batches(clients.without_grants())
    yield "expired mail links deleted", delete_in_batches(MailLink.objects.expired())
    yield "failed outbox entries deleted", delete_in_batches(Entry.objects.failed_long_ago())
    yield "unverified accounts erased", erase_all(User.objects.abandoned())
    yield "counters deleted", delete_in_batches(ThrottleCounter.objects.expired())
    yield "stream slots deleted", delete_in_batches(StreamSlot.objects.expired())
    yield "exports deleted", Export.objects.expired().delete_in_batches()
    yield "reports of imports deleted", Import.objects.expired().delete_in_batches()
    yield "abandoned files deleted", StoredFile.objects.abandoned().delete_in_batches()
    yield "old erasures forgotten", tidy_journal()
