"""Erase the accounts again that a restored backup brings back, as the journal of erasures says."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone

from accounts.exceptions import HasLogEntries, JournalUnavailable
from accounts.flows.erasure import erase
from accounts.flows.erasure_journal import REMEMBERED_FOR, Erased, find_journal, read_erased, settle
from accounts.models import User
from notes_api.background_tasks import drain_all
from notes_api.db.backups.engine import BackupError

logger = logging.getLogger(__name__)


def settle_interrupted_erasures() -> None:
    """Ask the database that is about to be replaced what became of erasures that were interrupted."""
    journal = find_journal()
    # It may be damaged. Then the fate of these accounts stays unknown.
    with suppress(DatabaseError):
        if journal is not None:
            settle(journal, interrupted_after=timedelta())


def erase_again(backed_up_at: datetime) -> list[str]:
    """Erase accounts of the restored database, and return sentences for the operator. Raises `BackupError`."""
    journal = find_journal()
    if journal is None:
        return [
            "There is no journal of erasures (ERASURE_JOURNAL): accounts that were erased since the backup are back."
        ]
    if not journal.path.exists():
        return [f"The journal of erasures {journal.path} does not exist: accounts that were erased since are back."]
    erased = read_erased(journal)
    count = sum(map(erase_restored, [user for user in User.objects.iterator() if user.pk in erased.ids]))
    # Otherwise a thread that tells event streams about changes would count as a server that uses the database.
    drain_all()
    return [f"Accounts erased again: {count}.", *remarks(erased, backed_up_at)]


def erase_restored(user: User) -> bool:
    try:
        erase(user)
    except HasLogEntries:
        logger.error("Account %s was erased, and is back because it has acted as staff", user.pk)  # noqa: TRY400
        return False
    except JournalUnavailable as error:
        raise BackupError(f"The journal of erasures cannot be written: {error.__cause__}.") from error
    return True


def remarks(erased: Erased, backed_up_at: datetime) -> Iterator[str]:
    if uncertain := sorted(user.pk for user in User.objects.iterator() if user.pk in erased.uncertain):
        ids = ", ".join(map(str, uncertain))
        yield f"The erasure of these accounts was interrupted. Perhaps it succeeded, and they are back: {ids}."
    if erased.torn:
        yield f"Lines of the journal that cannot be read: {erased.torn}."
    if backed_up_at < timezone.now() - REMEMBERED_FOR:
        yield "The backup is older than the journal: accounts that were erased soon after it are back."
