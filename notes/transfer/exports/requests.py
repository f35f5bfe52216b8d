"""What a request for an export does: small accounts get their archive at once, large ones later, by the outbox."""

from datetime import timedelta
from functools import partial
from time import monotonic
from typing import IO, Any
from uuid import UUID

from django.db import DatabaseError, transaction

from accounts.models import User
from notes.models import Export, Note
from notes.models.export import KIND, TIME_LIMIT
from notes.models.stored_file import CHUNK_BYTES
from notes.transfer.exports.archive import AccountTooLarge, Dump, Progress, export_account, temporary_file
from notes_api.db.storage import is_disk_full
from outbox.kinds import Claim, Unfinished, handles_long
from outbox.worker import enqueue

# What a request exports itself.
MAX_NOTES, MAX_BYTES = 500, 4 * 1024 * 1024
# Seconds between two renewals of the claim, each of which also records the progress.
RENEWAL_SECONDS = 5.0
# Only the reserve of the clock of another host: a file must not be deleted while it is made.
LIFETIME = TIME_LIMIT - timedelta(minutes=5)


def export_at_once(user_id: UUID) -> bytes:
    """Return the archive of a small account. Raises `AccountTooLarge`."""
    if Note.objects.owned_by(user_id)[: MAX_NOTES + 1].count() > MAX_NOTES:
        raise AccountTooLarge
    with temporary_file() as archive:
        export_account(user_id, archive, Progress(), MAX_BYTES)
        archive.seek(0)
        return archive.read()


def request_export(user: User) -> Export:
    """Return the export that is being made of this account, or has everything up to now; otherwise begin one."""
    with transaction.atomic():
        # Of parallel requests, one begins it.
        User.objects.among([user]).lock()
        export = Export.objects.begun_by(user)
        if export is not None:
            return export
        export = Export.objects.create(user=user)
        enqueue(KIND, {"id": str(export.pk)}, user.pk, LIFETIME)
    Export.objects.superseded(user.pk).delete_in_batches()
    return export


@handles_long(KIND)
def make_export(payload: Any, claim: Claim) -> None:  # Any: JSON
    export = Export.objects.filter(pk=payload["id"]).first()
    if export is None or not export.begin():
        return
    try:
        with temporary_file() as archive:
            dump = export_account(export.user_id, archive, ClaimedProgress(export, claim))
            archive.seek(0)
            store(export, archive, dump, claim)
    except User.DoesNotExist:
        # It was erased.
        return
    except (DatabaseError, OSError) as error:
        if isinstance(error, DatabaseError) and not is_disk_full(error):
            raise
        export.fail("storage_full")


class ClaimedProgress(Progress):
    """Renews the claim and records how many notes are done, from time to time. The claim is long enough to read all."""

    def __init__(self, export: Export, claim: Claim) -> None:
        self.export, self.claim = export, claim
        self.renewed_at = monotonic()

    def report_read(self, notes: int) -> None:
        if self.claim.is_ending:
            raise Unfinished

    def report_written(self, notes: int) -> None:
        if self.claim.is_ending:
            raise Unfinished
        if monotonic() - self.renewed_at > RENEWAL_SECONDS:
            self.renewed_at = monotonic()
            self.claim.renew()
            self.export.record_progress(notes)


def store(export: Export, archive: IO[bytes], dump: Dump, claim: Claim) -> None:
    """Copy the archive into the database, in short transactions. Raises `ClaimLost`."""
    claim.renew()
    file = export.take_file()
    for block in iter(partial(archive.read, CHUNK_BYTES), b""):
        if claim.is_ending:
            raise Unfinished
        with transaction.atomic():
            claim.renew()
            file.append(block)
    with transaction.atomic():
        claim.renew()
        export.finish(file, dump.clock, dump.counts.notes)
