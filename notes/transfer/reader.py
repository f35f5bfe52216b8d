"""Bounded reading of an input: a zip, a tar, a single file or a folder, all with one interface.

Names of entries only identify them: nothing is ever written, and no name is used as a path. What is unsafe is left out
and listed in `refused`.
"""

import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import BinaryIO

from notes.transfer.budget import Budget, ItemRefused
from notes.transfer.draft import Attachment, Draft, Failure
from notes_api.rest.unicode_text import normalize

CHUNK = 1 << 16
MAX_NAME, MAX_DEPTH = 1024, 64
MAX_HEADS = 64
# How many entries of a kind are looked at to recognise a format: an export may contain other files.
TRIES = 20
# How many refused entries a report names.
MAX_REFUSED = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the input. `place` is what the reader needs to find it."""

    reader: "BoundedReader"
    name: str
    size: int
    modified: datetime | None
    place: tuple[int, ...]

    @property
    def path(self) -> str:
        """The name without the folder that holds the whole input, if there is one."""
        return self.name.removeprefix(self.reader.root)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in parts, as they are read. Raises `ItemRefused` and `InputRefused`."""
        return self.reader.chunks(self)

    def head(self) -> bytes:
        """Return the first bytes, up to 64 KiB; none if the entry cannot be read."""
        heads = self.reader.heads
        if self.name not in heads:
            try:
                head = next(self.chunks(), b"")
            except ItemRefused:
                head = b""
            if len(heads) == MAX_HEADS:
                return head
            heads[self.name] = head
        return heads[self.name]

    def read(self, limit: int = 0) -> bytes:
        """Return all bytes. Raises `ItemRefused` if these are more than `limit`, or than the limit of the reader."""
        most = min(limit or self.reader.budget.limits.entry_bytes, self.reader.budget.limits.entry_bytes)
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks() if self.size <= most else ():
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                break
        if max(size, self.size) > most:
            raise ItemRefused("entry_too_large", f"The file has more than {most:,} bytes.")
        return b"".join(parts)


class BoundedReader(ABC):
    """`name` is the name of the input. `refused` grows while entries are listed."""

    def __init__(self, name: str, budget: Budget) -> None:
        self.name = name
        self.budget = budget
        self.refused: list[Failure] = []
        self.refusals = 0
        # Those that one format after the other looks at.
        self.heads: dict[str, bytes] = {}
        # Those that were hashed, by the name of their entry.
        self.attachments: dict[str, Attachment] = {}

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """All entries that are safe, by name, in the order of the input. Raises `InputRefused`."""
        found: dict[str, Entry] = {}
        for entry in self._list():
            self.budget.count_entry()
            if entry is None or is_junk(entry.name):
                continue
            if entry.name in found:
                self.refuse(
                    entry.name, "duplicate_name", "The archive has another file of this name: the first is read."
                )
            else:
                found[entry.name] = entry
        return found

    @cached_property
    def root(self) -> str:
        """The folder that holds all entries, with its slash; empty if there is none."""
        firsts = {name.partition("/")[0] if "/" in name else "" for name in self.entries}
        only = firsts.pop() if len(firsts) == 1 else ""
        return f"{only}/" if only else ""

    @cached_property
    def by_path(self) -> dict[str, Entry]:
        """The entries by name in NFC: macOS writes `é` as two characters."""
        found: dict[str, Entry] = {}
        for number, (name, entry) in enumerate(self.entries.items()):
            found[normalize("NFC", name)] = entry
            if number % 256 == 0:
                self.budget.check_time()
        return found

    @cached_property
    def by_last_name(self) -> dict[str, Entry]:
        """The entries by the last part of their names; of several, the first."""
        found: dict[str, Entry] = {}
        for name, entry in self.by_path.items():
            found.setdefault(name.rpartition("/")[2], entry)
        return found

    def sibling(self, entry: Entry, path: str) -> Entry | None:
        """Return the entry at this path, which is relative to another entry. It cannot leave the input."""
        return self.by_path.get(join(normal(entry.name).rpartition("/")[0], normal(path)))

    def at_root(self, path: str) -> Entry | None:
        return self.by_path.get(join(normal(self.root), normal(path)))

    def find(self, *suffixes: str) -> Iterator[Entry]:
        """Yield the entries whose names end in one of these, in any case."""
        return (entry for entry in self.entries.values() if entry.name.lower().endswith(suffixes))

    def candidates(self, *suffixes: str) -> list[Entry]:
        """The entries of these names; if there are none, the only entry, since an upload may have any name."""
        return list(self.find(*suffixes)) or [entry for entry in self.entries.values() if len(self.entries) == 1]

    def each(
        self, entries: Iterable[Entry], read: Callable[[Entry], Iterator[Draft | Failure]]
    ) -> Iterator[Draft | Failure]:
        """Yield what `read` yields of each entry. One that cannot be read is a failure."""
        for entry in entries:
            try:
                yield from read(entry)
            except ItemRefused as refusal:
                yield Failure(entry.name, refusal.code, str(refusal))

    def refuse(self, name: str, code: str, message: str) -> None:
        self.refusals += 1
        if len(self.refused) < MAX_REFUSED:
            self.refused.append(Failure(shown(name), code, message))

    @abstractmethod
    def _list(self) -> Iterator[Entry | None]:
        """Yield each entry; None instead of a folder and of an entry that was refused."""

    @abstractmethod
    def chunks(self, entry: Entry) -> Iterator[bytes]: ...


class FileReader(BoundedReader):
    """A single file is the only entry."""

    def __init__(self, name: str, budget: Budget, file: BinaryIO, size: int, modified: datetime | None) -> None:
        super().__init__(name, budget)
        self.file, self.size, self.modified = file, size, modified

    def _list(self) -> Iterator[Entry]:
        yield Entry(self, self.name.replace("\\", "/").rpartition("/")[2] or "input", self.size, self.modified, ())

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        self.file.seek(0)
        return read_stored(self.file, entry.size, self.budget)


def read_stored(file: BinaryIO, size: int, budget: Budget) -> Iterator[bytes]:
    """Yield `size` bytes from the position of the file. Others may move the position between two parts."""
    position = file.tell()
    while size:
        file.seek(position)
        chunk = file.read(min(CHUNK, size))
        if not chunk:
            raise ItemRefused("damaged", "The file ends too early.")
        budget.take(len(chunk), len(chunk))
        position += len(chunk)
        size -= len(chunk)
        yield chunk


def safe_name(name: str) -> str | None:
    """Return the name with `/` between its parts, or None if it leaves the archive or is not a name."""
    parts = name.replace("\\", "/").split("/")
    is_absolute = parts[0] == "" or (len(parts[0]) == 2 and parts[0][1] == ":")
    kept = [part for part in parts if part not in ("", ".")]
    if is_absolute or not kept or ".." in kept or "\0" in name or len(name) > MAX_NAME or len(kept) > MAX_DEPTH:
        return None
    return "/".join(kept)


@lru_cache(16)
def normal(path: str) -> str:
    """Return the path in NFC. A note can name a file, and be in a folder, whose names take long, many times."""
    return normalize("NFC", path[: 4 * MAX_NAME])


def join(folder: str, path: str) -> str:
    parts = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_junk(name: str) -> bool:
    """Whether an operating system wrote this file for itself."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith("._") or last in (".DS_Store", "Thumbs.db", "desktop.ini")


def is_regular(mode: int) -> bool:
    """Whether this is the mode of a file or a folder. Many programs write no type at all."""
    return stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR)


def shown(name: str) -> str:
    """Return a name of a hostile archive so that a report can show it."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name[:200])
