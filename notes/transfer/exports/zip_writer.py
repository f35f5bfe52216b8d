"""Writes a zip archive with any number of files in constant memory (APPNOTE.TXT 6.3.10, with Zip64).

Python's `zipfile` keeps an object of each entry in memory, and takes several times as long for each short one.
"""

import struct
import zlib
from datetime import datetime
from importlib import import_module
from tempfile import SpooledTemporaryFile
from types import ModuleType
from typing import IO

MIB = 1024 * 1024
# A short text does not become much shorter.
STORED_BYTES = 128
# Texts of up to this many bytes are compressed with a window of that size: zlib takes longer to prepare the usual one
# than to use it.
SHORT, SHORT_WINDOW, WINDOW = 8 * 1024, -13, -15
# More compression takes several times as long and saves a tenth.
LEVEL = 1
STORED, DEFLATED = 0, 8
# The versions of the format that are needed: 2.0, and 4.5 for Zip64. Made by Unix, so that the attributes are a mode.
VERSION, ZIP64_VERSION = 20, 45
MADE_BY = (3 << 8) | ZIP64_VERSION
# Bit 11: names are UTF-8.
FLAGS = 1 << 11
MODE = 0o100600 << 16
LIMIT32, LIMIT16 = 0xFFFFFFFF, 0xFFFF

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
ZIP64_EXTRA = struct.Struct("<2H2Q")
ZIP64_OFFSET = struct.Struct("<2H3Q")
ZIP64_END = struct.Struct("<4sQ2H2L4Q")
ZIP64_LOCATOR = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")


class ZipWriter:
    """Writes into a file that it can position. The directory of the archive waits in a temporary file."""

    def __init__(self, file: IO[bytes], directory: str | None = None) -> None:
        self.file = file
        self.library = choose_library()
        self.offset = self.count = 0
        self.entries: IO[bytes] = SpooledTemporaryFile(MIB, dir=directory)  # noqa: SIM115  # `close` closes it

    def add(self, name: str, data: bytes, modified: datetime) -> None:
        """Add a file that is in memory."""
        method, packed = STORED, data
        if len(data) > STORED_BYTES:
            window = SHORT_WINDOW if len(data) <= SHORT else WINDOW
            method, packed = DEFLATED, self.library.compress(data, LEVEL, window)
        encoded = name.encode()
        entry = (VERSION, FLAGS, method, *dos_time(modified), self.library.crc32(data), len(packed), len(data))
        self.file.write(LOCAL.pack(b"PK\3\4", *entry, len(encoded), 0) + encoded + packed)
        self.add_entry(entry, encoded)
        self.offset += LOCAL.size + len(encoded) + len(packed)

    def add_file(self, name: str, source: IO[bytes], modified: datetime) -> None:
        """Add what is left in this file. Its sizes are written when they are known."""
        encoded = name.encode()
        start, head = self.file.tell(), LOCAL.size + len(encoded) + ZIP64_EXTRA.size
        self.file.write(bytes(head))
        crc = size = 0
        compressor = self.library.compressobj(LEVEL, self.library.DEFLATED, WINDOW)
        while block := source.read(MIB):
            crc, size = self.library.crc32(block, crc), size + len(block)
            self.file.write(compressor.compress(block))
        self.file.write(compressor.flush())
        end = self.file.tell()
        packed = end - start - head
        # The sizes are in the extra field, because they may not fit their own.
        local = (ZIP64_VERSION, FLAGS, DEFLATED, *dos_time(modified), crc, LIMIT32, LIMIT32)
        extra = ZIP64_EXTRA.pack(1, ZIP64_EXTRA.size - 4, size, packed)
        self.file.seek(start)
        self.file.write(LOCAL.pack(b"PK\3\4", *local, len(encoded), len(extra)) + encoded + extra)
        self.file.seek(end)
        self.add_entry((*local[:-2], packed, size), encoded)
        self.offset += end - start

    def add_entry(self, entry: tuple[int, ...], name: bytes) -> None:
        *fixed, packed, size = entry
        offset, extra = self.offset, b""
        if max(packed, size, offset) >= LIMIT32:
            extra = ZIP64_OFFSET.pack(1, ZIP64_OFFSET.size - 4, size, packed, offset)
            packed = size = offset = LIMIT32
        numbers = (MADE_BY, *fixed, packed, size, len(name), len(extra), 0, 0, 0, MODE, offset)
        self.entries.write(CENTRAL.pack(b"PK\1\2", *numbers) + name + extra)
        self.count += 1

    def close(self) -> None:
        """Write the directory. The file itself stays open."""
        size = self.entries.tell()
        self.entries.seek(0)
        while block := self.entries.read(MIB):
            self.file.write(block)
        self.entries.close()
        count, end = self.count, self.offset + size
        if count >= LIMIT16 or end >= LIMIT32:
            record = (ZIP64_END.size - 12, MADE_BY, ZIP64_VERSION, 0, 0, count, count, size, self.offset)
            self.file.write(ZIP64_END.pack(b"PK\6\6", *record) + ZIP64_LOCATOR.pack(b"PK\6\7", 0, end, 1))
        counts = (min(count, LIMIT16),) * 2
        self.file.write(END.pack(b"PK\5\6", 0, 0, *counts, min(size, LIMIT32), min(self.offset, LIMIT32), 0))


def choose_library() -> ModuleType:
    """Return ISA-L, which takes less than half the time of zlib, if its package is installed, else zlib.

    It takes a megabyte of memory, so it is imported when something is exported. Both have the same functions.
    """
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return zlib


def dos_time(moment: datetime) -> tuple[int, int]:
    """Return the time and the date as MS-DOS counts them, from 1980 to 2107 and to two seconds."""
    year = min(max(moment.year, 1980), 2107)
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (year - 1980) << 9 | moment.month << 5 | moment.day
