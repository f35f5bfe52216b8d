"""Plain text: one file is one note."""

from notes.transfer.formats.markdown import TEXT, read, visible
from notes.transfer.reader import BoundedReader

__all__ = ["detect", "read"]


def detect(reader: BoundedReader) -> bool:
    return next(visible(reader, TEXT), None) is not None
