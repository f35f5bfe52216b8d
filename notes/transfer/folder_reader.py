"""A folder as an input."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from notes.transfer.budget import Budget, ItemRefused
from notes.transfer.reader import MAX_DEPTH, BoundedReader, Entry, read_stored, safe_name


class FolderReader(BoundedReader):
    """Links and devices are refused. The entries are sorted, so that the order does not depend on the file system."""

    def __init__(self, name: str, budget: Budget, folder: Path) -> None:
        super().__init__(name, budget)
        self.folder = folder

    def _list(self) -> Iterator[Entry | None]:
        pending = [("", 0)]
        while pending:
            prefix, depth = pending.pop()
            folders = []
            for item in self._scan(prefix):
                name = f"{prefix}{item.name}"
                if item.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                    folders.append((f"{name}/", depth + 1))
                    yield None
                else:
                    yield self._entry(name, item)
            pending.extend(reversed(folders))

    def _scan(self, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder / prefix) as items:
                return sorted(items, key=lambda item: item.name)
        except OSError as error:
            self.refuse(prefix, "not_readable", f"The folder cannot be read: {error.strerror}.")
            return []

    def _entry(self, name: str, item: os.DirEntry[str]) -> Entry | None:
        if item.is_symlink() or not item.is_file(follow_symlinks=False):
            self.refuse(name, "link", "Links, devices and folders at this depth are not read.")
            return None
        # A file system accepts names that are not Unicode: Python has surrogates in their place.
        if safe_name(name) != name or not name.isprintable():
            self.refuse(name, "unsafe_name", "The name of the file is not valid.")
            return None
        status = item.stat(follow_symlinks=False)
        return Entry(self, name, status.st_size, datetime.fromtimestamp(int(status.st_mtime), UTC), ())

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        try:
            descriptor = os.open(self.folder / entry.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise ItemRefused("not_readable", f"The file cannot be read: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            yield from read_stored(file, entry.size, self.budget)
