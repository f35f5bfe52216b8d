"""What a request for an import does: a small input is written at once, a large one by the outbox."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from django.db import transaction

from accounts.exceptions import AccountErased
from accounts.models import Credential, User, tick
from notes.exceptions import ImportInProgress, UnknownFormat
from notes.models import Import, StoredFile
from notes.models.imported import KIND, TIME_LIMIT
from notes.transfer.imports.runner import run_import
from notes.transfer.inputs import detect_format, open_reader
from outbox.kinds import Claim, Unfinished, handles_long
from outbox.worker import enqueue

AUTO = "auto"
# Bytes of an input that is written by the request, and the seconds that this may take. The rest is written later.
SMALL_BYTES, SMALL_SECONDS = 1_048_576, 1.5
# Only the reserve of the clock of another host.
LIFETIME = TIME_LIMIT - timedelta(minutes=5)


@dataclass(frozen=True)
class Upload:
    file: IO[bytes]
    size: int
    name: str = ""
    format: str = AUTO
    dry_run: bool = False
    hashtags: bool = False


class OutOfTime(Exception):
    """The request has no more time."""


class RequestLimit:
    """Lets a request write for SMALL_SECONDS."""

    def __init__(self) -> None:
        self.ends_at = time.monotonic() + SMALL_SECONDS

    def before_group(self) -> None:
        if time.monotonic() > self.ends_at:
            raise OutOfTime

    def in_transaction(self) -> None:
        pass


class ClaimedWork:
    """Lets the holder of a claim write, until the process ends or others have waited for a while.

    Others wait for the first group, because it can take longer than a turn to find the place in the input.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.has_written = False

    def before_group(self) -> None:
        if self.claim.must_pause if self.has_written else self.claim.is_ending:
            raise Unfinished

    def in_transaction(self) -> None:
        self.claim.renew()
        self.has_written = True


class KeptOpen:
    """A file that `close` leaves open, for what reads it next."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def close(self) -> None:
        pass


def choose_format(upload: Upload) -> str:
    """Return the name of the format that the client or the input names. Raises `UnknownFormat`, `InputRefused`."""
    if upload.format != AUTO:
        return upload.format
    with open_reader(as_input(upload), upload.name or "input") as reader:
        found = detect_format(reader)
    if found is None:
        raise UnknownFormat
    return found.name


def as_input(upload: Upload) -> BinaryIO:
    upload.file.seek(0)
    return cast("BinaryIO", KeptOpen(upload.file))


def request_import(user: User, by: Credential, upload: Upload) -> Import:
    """Import the upload, or begin to. Raises `UnknownFormat`, `InputRefused` and `ImportInProgress`."""
    imported = Import(
        user=user,
        written_by=by.pk,
        changed_by=by.as_author,
        format=choose_format(upload),
        name=upload.name,
        dry_run=upload.dry_run,
        hashtags=upload.hashtags,
    )
    if upload.size > SMALL_BYTES:
        require_no_other(user)
    imported.save(force_insert=True)
    if upload.size > SMALL_BYTES or not is_done_at_once(imported, upload):
        leave_to_outbox(imported, upload)
    Import.objects.surplus_of(user.pk).delete_in_batches()
    imported.refresh_from_db()
    return imported


def is_done_at_once(imported: Import, upload: Upload) -> bool:
    try:
        run_import(imported, as_input(upload), RequestLimit())
    except OutOfTime:
        return False
    return True


def leave_to_outbox(imported: Import, upload: Upload) -> None:
    """Store the upload, and let the outbox import it. Raises `ImportInProgress` if another request was faster."""
    upload.file.seek(0)
    file = StoredFile.objects.store(imported.user_id, upload.file)
    try:
        with transaction.atomic():
            User.objects.among([imported.user]).lock()
            require_no_other(imported.user)
            imported.row.update(file=file, status=Import.Status.WAITING)
            enqueue(KIND, {"id": str(imported.pk)}, imported.user_id, LIFETIME)
    except ImportInProgress:
        StoredFile.objects.filter(pk=file.pk).delete_in_batches()
        imported.delete()
        raise


def require_no_other(user: User) -> None:
    """Raise `ImportInProgress` if the outbox carries out another import of this account."""
    other = Import.objects.of(user.pk).waiting().first()
    if other is not None:
        raise ImportInProgress(other.pk)


@handles_long(KIND)
def continue_import(payload: Any, claim: Claim) -> None:  # Any: JSON
    imported = Import.objects.filter(pk=payload["id"]).select_related("file").first()
    if imported is None:
        return
    try:
        if imported.file is not None and imported.begin():
            run_import(imported, cast("BinaryIO", imported.file.open()), ClaimedWork(claim))
    except AccountErased:
        return
    imported.drop_file()
    announce(imported.user_id)


def announce(user_id: UUID) -> None:
    """Advance the clock, so that the event streams of the account tell its devices to look."""
    try:
        with tick(user_id):
            pass
    except AccountErased:
        return
