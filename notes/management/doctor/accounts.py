"""Look at what must always hold for the accounts: clocks, counts of tags, sums of bytes and words for search."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import Clock, User
from notes.management.doctor.findings import Finding, error, ok, warning
from notes.models import Note, Revision, TagCount
from notes.models.reindexing import count_stale_words

# Accounts and notes that are looked at one by one. Reading all would take long.
SAMPLE = 100
# Days after TRASH_DAYS after which the daily job should have purged a note.
PURGE_IS_LATE = timedelta(days=2)


def check_clocks() -> Iterator[Finding]:
    lacking, late = User.objects.without_clock().count(), Note.objects.newer_than_clock().count()
    if lacking:
        yield error("clocks", f"{lacking} accounts have none", "Restore a backup with `manage.py restore`.")
    if late:
        yield error(
            "clocks", f"{late} notes have a version that their account's clock has not reached",
            "Stop the server and run `manage.py new_epoch`.",
        )  # fmt: skip
    if not (lacking or late):
        yield ok("clocks", "every account has one, and no version is above it")


def check_tags() -> Iterator[Finding]:
    def is_right(owner_id: UUID) -> bool:
        return TagCount.objects.is_right_for(owner_id, Note.objects.owned_by(owner_id).active())

    yield from check_sample("tags", "counts of tags", is_right, "Run `manage.py reindex`.")


def check_quota() -> Iterator[Finding]:
    if not settings.MAX_BYTES_PER_USER:
        return

    def is_right(owner_id: UUID) -> bool:
        kept = Clock.objects.bytes_of(owner_id)
        notes, revisions = User(pk=owner_id).notes, Revision.objects.of_owner(owner_id)
        return kept is None or kept == notes.total_bytes() + revisions.total_bytes()

    advice = "Start the server once without MAX_BYTES_PER_USER: the next write of each account counts again."
    yield from check_sample("quota", "sums of bytes", is_right, advice)


def check_sample(subject: str, what: str, is_right: Callable[[UUID], bool], advice: str) -> Iterator[Finding]:
    owners = list(User.objects.sample(SAMPLE))
    wrong = [owner_id for owner_id in owners if not is_right_at_rest(owner_id, is_right)]
    if wrong:
        message = f"the {what} of {len(wrong)} of {len(owners)} accounts are wrong, such as {wrong[0]}"
        yield error(subject, message, advice)
    else:
        yield ok(subject, f"the {what} of {len(owners)} accounts are right")


def is_right_at_rest(owner_id: UUID, is_right: Callable[[UUID], bool]) -> bool:
    """Whether the claim holds while the account does not change. One that is always being written counts as right."""
    for _ in range(3):
        before = Clock.objects.value_of(owner_id)
        if is_right(owner_id):
            return True
        if Clock.objects.value_of(owner_id) == before:
            return False
    return True


def check_words() -> Iterator[Finding]:
    checked, stale = count_stale_words(SAMPLE)
    if stale:
        message = f"the words of {stale} of {checked} notes are not those of their texts"
        yield error("search", message, "Run `manage.py reindex`.")
    else:
        yield ok("search", f"the words of {checked} notes are those of their texts")


def check_purge() -> Iterator[Finding]:
    due = timezone.now() - timedelta(days=settings.TRASH_DAYS) - PURGE_IS_LATE
    if count := Note.objects.trashed_before(due).count():
        yield warning(
            "purge",
            f"{count} notes should have left the trash",
            "Run `manage.py purge`.",
        )
    else:
        yield ok("purge", "no note is overdue in the trash")
