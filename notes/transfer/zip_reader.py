"""A zip as an input (APPNOTE.TXT 6.3.10).

`zipfile` keeps a kilobyte for each entry and reads all of them before it can be stopped.
"""

import io
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import BinaryIO

from notes.transfer.budget import Budget, InputRefused, ItemRefused
from notes.transfer.reader import (
    CHUNK,
    BoundedReader,
    Entry,
    is_regular,
    read_stored,
    safe_name,
    shown,
)

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
IS_ENCRYPTED, IS_UTF_8 = 1, 0x800
# Below this size, no ratio is suspicious.
SMALL = 1 << 20
# 1980-01-01, which programs write that know no time.
NO_DAY = 1 << 5 | 1


class ZipReader(BoundedReader):
    def __init__(self, name: str, budget: Budget, file: BinaryIO, size: int) -> None:
        super().__init__(name, budget)
        self.file, self.size = file, size
        # Where the entries begin, and the list of them.
        self.offsets: set[int] = set()
        self.directory = size

    def only_zip(self) -> BinaryIO | None:
        """If the zip holds nothing but another one, uncompressed, return that one. Notion packs exports like this."""
        entries = list(self.entries.values())
        if len(entries) != 1 or not entries[0].name.lower().endswith(".zip"):
            return None
        offset, packed, method, is_encrypted, _ = entries[0].place
        start = self._start_of_data(entries[0].name, offset)
        return None if method != STORED or is_encrypted else FilePart(self.file, start, min(packed, self.size - start))

    def _list(self) -> Iterator[Entry | None]:
        count, length, start, shift = self._directory()
        self.budget.require_entries(count)
        end, self.directory = start + length, start
        self.budget.take(length, 0)
        while start < end:
            self.file.seek(start)
            fields = self._unpack(CENTRAL, self.file.read(CENTRAL.size), b"PK\1\2")
            name, extra, comment = fields[10:13]
            tail = self.file.read(name + extra)
            start += CENTRAL.size + name + extra + comment
            yield self._entry(fields, tail[:name], tail[name:], shift)

    def _directory(self) -> tuple[int, int, int, int]:
        """Return how many entries there are, the size and place of their list, and how far the zip is shifted."""
        tail_size = min(self.size, END.size + 0xFFFF)
        self.file.seek(self.size - tail_size)
        tail = self.file.read(tail_size)
        at = tail.rfind(b"PK\5\6")
        fields = self._unpack(END, tail[at : at + END.size] if at >= 0 else b"", b"PK\5\6")
        count, length, start = fields[4], fields[5], fields[6]
        end = self.size - tail_size + at
        if 0xFFFF in fields[3:5] or 0xFFFFFFFF in (length, start):
            self.file.seek(max(0, end - LOCATOR_64.size))
            locator = self._unpack(LOCATOR_64, self.file.read(LOCATOR_64.size), b"PK\6\7")
            self.file.seek(min(locator[2], self.size))
            fields = self._unpack(END_64, self.file.read(END_64.size), b"PK\6\6")
            count, length, start = fields[7:10]
            return count, length, min(start, self.size), 0
        # Other data may be in front of the zip: all places are relative to its beginning.
        shift = end - length - start
        if shift < 0:
            raise damaged()
        return count, length, start + shift, shift

    @staticmethod
    def _unpack(form: struct.Struct, data: bytes, signature: bytes) -> tuple[int, ...]:
        if len(data) != form.size or not data.startswith(signature):
            raise damaged()
        return form.unpack(data)

    def _entry(self, fields: tuple[int, ...], raw_name: bytes, extra: bytes, shift: int) -> Entry | None:
        flags, method, day_time, day = fields[3:7]
        checksum, packed, size = fields[7:10]
        name = decode_name(raw_name, flags)
        if name.endswith("/"):
            return None
        safe = safe_name(name)
        if safe is None:
            self.refuse(name, "unsafe_name", "The name of the file leaves the archive or is not valid.")
            return None
        if not is_regular(fields[15] >> 16):
            self.refuse(name, "link", "Links are not followed.")
            return None
        wide = iter(wide_values(extra))
        size, packed, offset = (
            next(wide, value) if value == 0xFFFFFFFF else value for value in (size, packed, fields[16])
        )
        if offset + shift in self.offsets:
            self.refuse(name, "damaged", "The file has the same place in the archive as another one.")
            return None
        self.offsets.add(offset + shift)
        place = (offset + shift, packed, method, flags & IS_ENCRYPTED, checksum)
        return Entry(self, safe, size, modified_at(extra, day, day_time), place)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        offset, packed, method, is_encrypted, checksum = entry.place
        if is_encrypted:
            raise ItemRefused("encrypted", "The file is encrypted. Unpack the archive and pack it without a password.")
        if method not in (STORED, DEFLATED):
            raise ItemRefused("compression", "The file is compressed in a way that is not supported: use a usual zip.")
        if entry.size > max(SMALL, self.budget.limits.entry_ratio * packed):
            raise ItemRefused("ratio", "The file inflates to far more than its compressed size.")
        start = self._start_of_data(entry.name, offset)
        if start + packed > self._next_offset(offset):
            raise ItemRefused("damaged", "The file shares its place in the archive with another one.")
        self.file.seek(start)
        parts = read_stored(self.file, packed, self.budget)
        yield from verified(parts if method == STORED else self._inflate(parts, entry), entry, checksum)

    @cached_property
    def _sorted_offsets(self) -> list[int]:
        return sorted(self.offsets)

    def _next_offset(self, offset: int) -> int:
        """Return where the entry at this offset must have ended: so no bytes belong to two entries."""
        following = bisect_right(self._sorted_offsets, offset)
        return self._sorted_offsets[following] if following < len(self._sorted_offsets) else self.directory

    def _start_of_data(self, name: str, offset: int) -> int:
        self.file.seek(min(offset, self.size))
        header = self.file.read(LOCAL.size)
        if len(header) != LOCAL.size or not header.startswith(b"PK\3\4"):
            raise ItemRefused("damaged", f"The zip is damaged at {shown(name)}.")
        name_size, extra_size = struct.unpack_from("<2H", header, LOCAL.size - 4)
        start: int = offset + LOCAL.size + name_size + extra_size
        return min(start, self.size)

    def _inflate(self, parts: Iterator[bytes], entry: Entry) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-15)
        size = 0
        for part in parts:
            while part and not inflater.eof:
                try:
                    chunk = inflater.decompress(part, CHUNK)
                except zlib.error as error:
                    raise ItemRefused("damaged", "The file is damaged.") from error
                size += len(chunk)
                self.budget.take(0, len(chunk))
                if size > entry.size:
                    raise ItemRefused("damaged", "The file is larger than the archive says.")
                yield chunk
                part = inflater.unconsumed_tail  # noqa: PLW2901  # what is left of it


class FilePart(io.RawIOBase, BinaryIO):
    """A part of a file, as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self.file, self.start, self.size, self.at = file, start, size, 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence])
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.size - self.at)
        self.file.seek(self.start + self.at)
        data = self.file.read(left if size < 0 else min(size, left))
        self.at += len(data)
        return data


def damaged() -> InputRefused:
    return InputRefused("damaged", "The zip is damaged or incomplete.")


def verified(chunks: Iterator[bytes], entry: Entry, checksum: int) -> Iterator[bytes]:
    """Yield the chunks; raises `ItemRefused` after them if these are not the bytes that were packed."""
    size = actual = 0
    for chunk in chunks:
        size += len(chunk)
        actual = zlib.crc32(chunk, actual)
        yield chunk
    if size != entry.size or actual != checksum:
        raise ItemRefused("damaged", "The file is damaged: its checksum differs.")


def decode_name(raw: bytes, flags: int) -> str:
    """Many programs write UTF-8 without saying so. Otherwise it is the code page of DOS."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if flags & IS_UTF_8 else raw.decode("cp437")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    end = 0
    while (start := end + 4) <= len(extra):
        tag, size = struct.unpack_from("<2H", extra, end)
        end = start + size
        yield tag, extra[start:end]


def wide_values(extra: bytes) -> tuple[int, ...]:
    """The 64-bit size, packed size and place of an entry that needs them."""
    for tag, data in extra_fields(extra):
        if tag == 1:
            return struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8])
    return ()


def modified_at(extra: bytes, day: int, day_time: int) -> datetime | None:
    """The time in the extended timestamp, or else that of DOS, whose offset nobody knows: taken as UTC."""
    for tag, data in extra_fields(extra):
        if tag == 0x5455 and len(data) >= 5 and data[0] & 1:
            return datetime.fromtimestamp(struct.unpack_from("<i", data, 1)[0], UTC)
    if day == NO_DAY:
        return None
    try:
        return datetime(
            1980 + (day >> 9),
            day >> 5 & 15,
            day & 31,
            day_time >> 11,
            day_time >> 5 & 63,
            day_time % 32 * 2,
            tzinfo=UTC,
        )
    except ValueError:
        return None
