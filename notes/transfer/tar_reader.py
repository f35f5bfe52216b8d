"""A tar as an input: Joplin's JEX. `tarfile` keeps a kilobyte for each entry, and long names without a limit."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from notes.transfer.budget import Budget, InputRefused
from notes.transfer.reader import BoundedReader, Entry, read_stored, safe_name

BLOCK = 512
MAX_HEADER = 1 << 16
FILES, FOLDER, PAX, LONG_NAME, IGNORED = (b"0", b"\0", b"7"), b"5", b"x", b"L", (b"g", b"K", b"V")
PAX_PATH = re.compile(rb"^\d++ path=([^\n]*)\n", re.MULTILINE)


class TarReader(BoundedReader):
    def __init__(self, name: str, budget: Budget, file: BinaryIO, size: int) -> None:
        super().__init__(name, budget)
        self.file, self.size = file, size

    def _list(self) -> Iterator[Entry | None]:
        at, long_name = 0, b""
        while at < self.size:
            header = self._read(at, BLOCK)
            if not header.strip(b"\0"):
                return
            kind, size = header[156:157], number(header[124:136])
            data, at = at + BLOCK, at + BLOCK + -(-size // BLOCK) * BLOCK
            if not is_checked(header) or data + size > self.size:
                raise damaged()
            if kind in (PAX, LONG_NAME):
                long_name = self._long_name(kind, data, size)
                yield None
            elif kind not in IGNORED:
                yield self._entry(header, kind, long_name, (data, size))
                long_name = b""

    def _read(self, at: int, size: int) -> bytes:
        self.file.seek(at)
        data = self.file.read(size)
        if len(data) != size:
            raise damaged()
        return data

    def _long_name(self, kind: bytes, at: int, size: int) -> bytes:
        if size > MAX_HEADER:
            raise damaged()
        data = self._read(at, size)
        if kind == LONG_NAME:
            return data.rstrip(b"\0")
        found = PAX_PATH.search(data)
        return found.group(1) if found else b""

    def _entry(self, header: bytes, kind: bytes, long_name: bytes, place: tuple[int, int]) -> Entry | None:
        last, prefix = (part.partition(b"\0")[0] for part in (header[:100], header[345:500]))
        joined = prefix + b"/" + last if prefix and header[257:262] == b"ustar" else last
        name = (long_name or joined).decode("utf-8", "replace")
        if kind == FOLDER:
            return None
        if kind not in FILES:
            self.refuse(name, "link", "Links and devices are not read.")
            return None
        safe = safe_name(name)
        if safe is None:
            self.refuse(name, "unsafe_name", "The name of the file leaves the archive or is not valid.")
            return None
        seconds = number(header[136:148])
        modified = datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1 << 35 else None
        return Entry(self, safe, place[1], modified, place)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        self.file.seek(entry.place[0])
        return read_stored(self.file, entry.size, self.budget)


def damaged() -> InputRefused:
    return InputRefused("damaged", "The tar is damaged or incomplete.")


def number(field: bytes) -> int:
    """Read octal digits, or the base-256 form of large numbers."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    if digits and not re.fullmatch(rb"[0-7]+", digits):
        raise damaged()
    return int(digits or b"0", 8)


def is_checked(header: bytes) -> bool:
    """Whether the checksum of the header is right. It counts its own field as spaces."""
    return number(header[148:156]) == sum(header) - sum(header[148:156]) + 8 * ord(" ")


def looks_like_tar(header: bytes) -> bool:
    try:
        return len(header) == BLOCK and header[257:262] == b"ustar" and is_checked(header)
    except InputRefused:
        return False
