"""Writes the export of an account: first its lines from a snapshot of the database, then the archive from the lines.

The snapshot ends before anything is compressed, and long before a client has fetched the archive.
"""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone

from accounts.models import Clock, User
from notes.transfer.exports.account_data import account_as_json
from notes.transfer.exports.earlier_export import FORMAT, FORMAT_VERSION, require_replaceable_folder
from notes.transfer.exports.file_names import FileNames
from notes.transfer.exports.folder_writer import FolderWriter
from notes.transfer.exports.markdown import as_markdown
from notes.transfer.exports.ndjson import NOTE_START, in_trash, note_line, read_lines
from notes.transfer.exports.zip_writer import ZipWriter
from notes_api.db.snapshot import snapshot
from notes_api.rest.renderers import encode_json

MIB = 1024 * 1024
# Bytes of a temporary file that are kept in memory.
IN_MEMORY = 4 * MIB
# Bytes that are read and written at once, so that a note is not a system call.
BUFFER = MIB // 4
# Notes between two reports of progress.
INTERVAL = 100


class Progress:
    """Is told how many notes are done. Each method may raise an exception to end the work."""

    def report_read(self, notes: int) -> None:
        """The snapshot is open: nothing can be written to the database."""

    def report_written(self, notes: int) -> None:
        pass


class AccountTooLarge(Exception):
    """The account has more text than the caller wants to export now."""


@dataclass
class Counts:
    notes: int = 0
    trashed: int = 0
    revisions: int = 0


@dataclass
class Dump:
    """What a snapshot of an account holds: its lines are in a file."""

    lines: IO[bytes]
    taken_at: datetime = field(default_factory=timezone.now)
    clock: int = 0
    owner_id: UUID | None = None
    owner: str = ""
    account: bytes = b""
    counts: Counts = field(default_factory=Counts)
    sha256: str = ""


def temporary_file() -> IO[bytes]:
    return SpooledTemporaryFile(IN_MEMORY, buffering=BUFFER, dir=settings.SPOOL_DIR)


def export_account(user_id: UUID, output: IO[bytes], progress: Progress, max_bytes: int | None = None) -> Dump:
    """Write the archive of the account into this file. Raises `AccountTooLarge`, and `User.DoesNotExist`."""
    with temporary_file() as lines:
        dump = dump_account(user_id, lines, progress, max_bytes)
        lines.seek(0)
        write_archive(dump, ZipWriter(output, settings.SPOOL_DIR), progress)
        return dump


def export_to_folder(user_id: UUID, path: Path, progress: Progress) -> Dump:
    """Write the same files into a folder, in place of an earlier export. Raises as `export_account` does.

    Raises `FileExistsError` if anything else is there, or if another export writes there.
    """
    require_replaceable_folder(path)
    with temporary_file() as lines:
        dump = dump_account(user_id, lines, progress)
        lines.seek(0)
        writer = FolderWriter(path)
        try:
            write_archive(dump, writer, progress)
        finally:
            writer.end()
        return dump


def dump_account(user_id: UUID, lines: IO[bytes], progress: Progress, max_bytes: int | None = None) -> Dump:
    """Write the notes of the account into this file, all as they are at one moment."""
    dump, checksum = Dump(lines), hashlib.sha256()
    with snapshot():
        dump.owner_id = user_id
        dump.clock = Clock.objects.value_of(user_id)
        dump.owner = User.objects.values_list("email", flat=True).get(pk=user_id)
        dump.account = account_as_json(user_id)
        for row, revisions in read_lines(user_id):
            text = b"".join([note_line(row), *revisions])
            checksum.update(text)
            lines.write(text)
            dump.counts.notes += 1
            dump.counts.trashed += in_trash(row) is not None
            dump.counts.revisions += len(revisions)
            if max_bytes is not None and lines.tell() > max_bytes:
                raise AccountTooLarge
            if dump.counts.notes % INTERVAL == 0:
                progress.report_read(dump.counts.notes)
    dump.sha256 = checksum.hexdigest()
    return dump


def write_archive(dump: Dump, archive: ZipWriter | FolderWriter, progress: Progress) -> None:
    names = FileNames()
    count = 0
    for line in dump.lines:
        if line.startswith(NOTE_START):
            add_note(archive, names, line)
            count += 1
            if count % INTERVAL == 0:
                progress.report_written(count)
    size = dump.lines.tell()
    dump.lines.seek(0)
    archive.add_file("notes.ndjson", dump.lines, dump.taken_at)
    archive.add_file("account.json", BytesIO(dump.account), dump.taken_at)
    archive.add_file("manifest.json", BytesIO(manifest(dump, size)), dump.taken_at)
    archive.close()


def add_note(archive: ZipWriter | FolderWriter, names: FileNames, line: bytes) -> None:
    note = orjson.loads(line)
    folder = "notes" if note["trashed_at"] is None else "trash"
    name = names.choose(folder, note["title"], note["id"])
    archive.add(name, as_markdown(note), datetime.fromisoformat(note["updated_at"]))


def manifest(dump: Dump, size: int) -> bytes:
    """Return what the archive holds, so that a program can check it."""
    checksum = hashlib.sha256(dump.account).hexdigest()
    return encode_json(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "exported_at": dump.taken_at,
            "account": dump.owner,
            "account_id": dump.owner_id,
            "clock": dump.clock,
            "counts": asdict(dump.counts),
            "files": {
                "notes.ndjson": {"bytes": size, "sha256": dump.sha256},
                "account.json": {"bytes": len(dump.account), "sha256": checksum},
            },
        }
    )
