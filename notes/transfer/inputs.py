"""From an input to drafts: open it, recognise its format, read it within bounds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from notes.transfer.budget import Budget, InputRefused, ItemRefused, Limits
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.folder_reader import FolderReader
from notes.transfer.formats import FORMATS, Format
from notes.transfer.reader import BoundedReader, FileReader
from notes.transfer.tar_reader import BLOCK, TarReader, looks_like_tar
from notes.transfer.zip_reader import ZipReader

LIMITS, OPTIONS = Limits(), Options()
# Every input with texts has these formats as well.
TEXTS = frozenset({"markdown", "text"})
# A folder is not compressed, and its size is unknown before it is read: limit it as a file of this size.
FOLDER_BYTES = 1 << 40
ZIP_SIGNATURES = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")


@contextmanager
def open_reader(source: Path | BinaryIO, name: str, limits: Limits = LIMITS) -> Iterator[BoundedReader]:
    """Open a folder, or a file that is a zip, a tar or anything else. `name` is what the user calls the input.

    Raises `OSError` if the path cannot be opened. A file object must be seekable; it is closed at the end.
    """
    if isinstance(source, Path) and source.is_dir():
        yield from cleared_after_use(FolderReader(name, Budget(limits, FOLDER_BYTES), source))
        return
    file = source.open("rb") if isinstance(source, Path) else source
    try:
        yield from cleared_after_use(reader_of(file, name, limits))
    finally:
        file.close()


def cleared_after_use(reader: BoundedReader) -> Iterator[BoundedReader]:
    """Yield the reader once, and empty it afterwards."""
    try:
        yield reader
    finally:
        # Its entries refer to it: up to 150,000 of them would stay in memory until the next garbage collection.
        vars(reader).clear()


def reader_of(file: BinaryIO, name: str, limits: Limits) -> BoundedReader:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(BLOCK)
    budget = Budget(limits, size)
    if head.startswith(ZIP_SIGNATURES):
        return unwrapped(ZipReader(name, budget, file, size))
    if looks_like_tar(head):
        return TarReader(name, budget, file, size)
    return FileReader(name, budget, file, size, None)


def unwrapped(reader: ZipReader) -> ZipReader:
    """Return the zip inside a zip that holds nothing else. Deeper ones are not opened."""
    try:
        with reader.budget.running():
            inner = reader.only_zip()
    except (InputRefused, ItemRefused):
        return reader
    if inner is None:
        return reader
    found = ZipReader(reader.name, reader.budget, inner, inner.seek(0, os.SEEK_END))
    # As in `cleared_after_use`.
    vars(reader).clear()
    return found


def detect_format(reader: BoundedReader) -> Format | None:
    """Return the first format that recognises the input. Raises `InputRefused` if it cannot be read at all."""
    with reader.budget.running():
        return next((each for each in FORMATS.values() if each.detect(reader)), None)


def read_drafts(reader: BoundedReader, chosen: Format, options: Options = OPTIONS) -> Iterator[Draft | Failure]:
    """Yield each note of the input, and a failure for each thing that cannot be read. Keeps nothing in memory.

    A failure without a source is the last item: the input is damaged there or exceeds a limit. Call this with
    `detect_format`'s result, or with one of `FORMATS`.
    """
    try:
        with reader.budget.running():
            items = chosen.read(reader, options)
        while True:
            with reader.budget.running():
                item = next(items, None)
            if item is None:
                break
            reader.budget.count_item(item)
            yield item
            if isinstance(item, Failure) and not item.source:
                return
    except InputRefused as refusal:
        yield Failure("", refusal.code, str(refusal))
        return
    yield from reader.refused
    if reader.refusals > len(reader.refused):
        yield Failure("…", "unsafe_name", f"{reader.refusals - len(reader.refused):,} more files were refused.")
    yield from report_mistaken(reader, chosen)


def report_mistaken(reader: BoundedReader, chosen: Format) -> Iterator[Failure]:
    """Say which other formats the input has, and if nothing in it is of the chosen one."""
    found = detect_formats(reader) if chosen.name not in TEXTS else [chosen]
    # A single file may quote another format.
    is_right = chosen in found and len(reader.entries) == 1
    others = [each.name for each in found if each is not chosen and each.name not in TEXTS]
    if others and not is_right:
        names = ", ".join(f"`format={name}`" for name in others)
        message = f"Notes of another format were not read. To import them as well, send the input again with {names}."
        yield Failure("other formats", "other_format", message)
    if not reader.budget.items and chosen not in found:
        message = f"Nothing in the input is of the format {chosen.name}. Leave `format` out, or name another one."
        yield Failure("", "not_found", message)


def detect_formats(reader: BoundedReader) -> list[Format]:
    try:
        with reader.budget.running():
            return [each for each in FORMATS.values() if each.detect(reader)]
    except InputRefused:
        return []
