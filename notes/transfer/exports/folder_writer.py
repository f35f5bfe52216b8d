"""Writes an export into a folder, with the same methods as `ZipWriter`."""

import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from notes.transfer.exports.earlier_export import RECORD, UNRECORDED, record_line, require_replaceable_folder
from notes.transfer.exports.exchange import exchange
from notes.transfer.exports.own_file import lock_file


class FolderWriter:
    """The files are in a hidden folder beside `path` until `close` puts it in place, so `path` is always complete.

    A reader finds the earlier folder until then, and the new one from then on. Where the system cannot exchange two
    folders, `path` is missing for a moment.
    """

    def __init__(self, path: Path) -> None:
        # A link to a folder stays: what it leads to is replaced.
        self.path = path = path.resolve()
        self.new, self.old = (path.with_name(f".{path.name}.{state}") for state in ("new", "old"))
        self.delete(self.new)
        if self.old.exists() and not path.exists():
            # Of a run that was killed in that moment.
            require_replaceable_folder(self.old)
            self.old.rename(path)
        self.delete(self.old)
        self.new.mkdir(mode=0o700, parents=True)
        # Of the record.
        self.lines = os.fdopen(lock_file(self.new / RECORD), "a", buffering=1, encoding="utf-8", newline="\n")

    def add(self, name: str, data: bytes, modified: datetime) -> None:
        with self.create() as file:
            file.write(data)
        os.utime(self.new / UNRECORDED, (modified.timestamp(), modified.timestamp()))
        self.record(name)

    def add_file(self, name: str, source: IO[bytes], modified: datetime) -> None:
        with self.create() as file:
            shutil.copyfileobj(source, file)
        self.record(name)

    def create(self) -> IO[bytes]:
        return (self.new / UNRECORDED).open("xb")

    def record(self, name: str) -> None:
        """Record the file that was written, then give it its name: so no other file is ever without a record."""
        self.lines.write(record_line(self.new / UNRECORDED, name))
        target = self.new / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        (self.new / UNRECORDED).rename(target)

    def close(self) -> None:
        """Put the folder in place. Raises `FileExistsError` if somebody has added or changed files there meanwhile.

        If that was in the last moment, the earlier folder stays beside the new one, and the error names it.
        """
        try:
            require_replaceable_folder(self.path)
            if not self.path.exists():
                self.new.rename(self.path)
            elif not exchange(self.new, self.path):
                self.path.rename(self.old)
                self.new.rename(self.path)
        finally:
            self.end()

    def end(self) -> None:
        """Let other exports write here, and delete what is left: the earlier folder, or this one if it is unfinished.

        Raises `FileExistsError` if it has files that are not from an export.
        """
        if not self.lines.closed:
            # The last line may not fit on the disk.
            with suppress(OSError):
                self.lines.close()
            self.delete(self.new)
            self.delete(self.old)

    def delete(self, rest: Path) -> None:
        record = rest / RECORD
        descriptor = lock_file(record) if record.exists() else None
        try:
            (rest / UNRECORDED).unlink(missing_ok=True)
            require_replaceable_folder(rest)
            delete_folder(rest)
        finally:
            if descriptor is not None:
                os.close(descriptor)


def delete_folder(folder: Path) -> None:
    """Delete an export, its record last: what is left if this is interrupted can be deleted later."""
    if not folder.exists():
        return
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != RECORD:
            each.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
