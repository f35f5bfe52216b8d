"""What the journal of erasures says about accounts, and what a restore does with it."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.exceptions import JournalUnavailable
from accounts.models import User
from notes_api.db.erasure_journal import ErasureJournal, Fate, fates

logger = logging.getLogger(__name__)

# How long the journal remembers an erasure. Backups must not be kept for longer.
REMEMBERED_FOR = timedelta(days=400)
# More than a transaction takes. If an account exists this long after its erasure began, the erasure was rolled back.
INTERRUPTED_AFTER = timedelta(hours=1)


class Erased(NamedTuple):
    """The accounts that were erased, those of which it is not known, and the number of lines that cannot be read."""

    ids: set[UUID]
    uncertain: set[UUID]
    torn: int


def find_journal() -> ErasureJournal | None:
    return None if settings.ERASURE_JOURNAL is None else ErasureJournal(settings.ERASURE_JOURNAL)


def record_erasure(user_id: UUID) -> None:
    """Record that the account is erased in this transaction, if there is a journal. Raises `JournalUnavailable`."""
    if (journal := find_journal()) is None:
        return
    try:
        journal.add(Fate.BEGUN, [user_id])
    except OSError as error:
        logger.error("Nothing was erased: the journal %s cannot be written: %s", journal.path, error)  # noqa: TRY400
        raise JournalUnavailable from error

    def confirm() -> None:
        journal.add(Fate.ERASED, [user_id])

    # If this fails or is not reached, `settle` does it later. To report a failure, Django needs a function with a name.
    transaction.on_commit(confirm, robust=True)


def settle(journal: ErasureJournal, interrupted_after: timedelta = INTERRUPTED_AFTER) -> None:
    """Complete the entries of erasures that were interrupted: the database tells what became of the accounts.

    Raises `OSError`.
    """
    begun = begun_erasures(journal)
    if not begun or not User.objects.exists():
        # A database without accounts does not prove that one was erased: it may be a new one.
        return
    existing = set(User.objects.among(User(pk=account_id) for account_id in begun).values_list("pk", flat=True))
    oldest = timezone.now() - interrupted_after
    journal.add(Fate.KEPT, [account_id for account_id in existing if begun[account_id] <= oldest])
    journal.add(Fate.ERASED, begun.keys() - existing)


def begun_erasures(journal: ErasureJournal) -> dict[UUID, datetime]:
    """Return the accounts whose fate is not known, and when their erasure began."""
    entries, _ = journal.read()
    known = fates(entries)
    return {entry.account_id: entry.time for entry in entries if known[entry.account_id] == Fate.BEGUN}


def read_erased(journal: ErasureJournal) -> Erased:
    """Raises `OSError`."""
    entries, torn = journal.read()
    ids = {fate: {account_id for account_id, found in fates(entries).items() if found == fate} for fate in Fate}
    return Erased(ids[Fate.ERASED], ids[Fate.BEGUN], torn)


def tidy_journal() -> int:
    """Complete and shorten the journal, if there is one; return how many entries were removed."""
    if (journal := find_journal()) is None:
        return 0
    try:
        settle(journal)
        return journal.forget_before(timezone.now() - REMEMBERED_FOR)
    except OSError as error:
        logger.error("The erasure journal %s cannot be tidied: %s", journal.path, error)  # noqa: TRY400
        return 0
