"""Writes an export into a folder, with the same methods as `ZipWriter`."""

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

from notes.transfer.exports.earlier_export import RECORD, record_line, require_replaceable
from notes.transfer.exports.exchange import exchange


class FolderWriter:
    """The files are in a hidden folder beside `path` until `close` puts it in place, so `path` is always complete.

    A reader finds the earlier folder until then, and the new one from then on. Where the system cannot exchange two
    folders, `path` is missing for a moment.
    """

    def __init__(self, path: Path) -> None:
        # A link to a folder stays: what it leads to is replaced.
        self.path = path = path.resolve()
        self.new, self.old = (path.with_name(f".{path.name}.{state}") for state in ("new", "old"))
        if self.old.exists() and not path.exists():
            # Of a run that was killed in that moment.
            self.old.rename(path)
        self.delete_rest()
        self.new.mkdir(mode=0o700, parents=True)

    def add(self, name: str, data: bytes, modified: datetime) -> None:
        with self.create(name) as file:
            file.write(data)
        os.utime(self.new / name, (modified.timestamp(), modified.timestamp()))
        self.remember(name)

    def add_file(self, name: str, source: IO[bytes], modified: datetime) -> None:
        with self.create(name) as file:
            shutil.copyfileobj(source, file)
        self.remember(name)

    def create(self, name: str) -> IO[bytes]:
        target = self.new / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        return target.open("xb")

    def remember(self, name: str) -> None:
        with (self.new / RECORD).open("a", encoding="utf-8", newline="\n") as record:
            record.write(record_line(self.new / name, name))

    def close(self) -> None:
        """Put the folder in place. Raises `FileExistsError` if somebody has added or changed files there meanwhile."""
        try:
            require_replaceable(self.path)
        except FileExistsError:
            self.delete_rest()
            raise
        if not self.path.exists():
            self.new.rename(self.path)
        elif not exchange(self.new, self.path):
            self.path.rename(self.old)
            self.new.rename(self.path)
        self.delete_rest()

    def delete_rest(self) -> None:
        """Delete the earlier folder, which has one of these names, or what a run left that was killed."""
        for rest in (self.new, self.old):
            shutil.rmtree(rest, ignore_errors=True)
