"""Bytes to text."""

import codecs

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.transfer.budget import ItemRefused
from notes.transfer.reader import Entry

# A file of text, and the characters of it: a note and what stands above or below its text.
MAX_BYTES, MAX_CHARACTERS = 4 << 20, CONTENT_MAX_BYTES + (1 << 17)
# That of UTF-32 begins with the one of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(entry: Entry) -> tuple[str, tuple[str, ...]]:
    """Return what `decode_text` does of the entry. Raises `ItemRefused` if it is too long for a note."""
    text, warnings = read_raw_text(entry)
    return plain_lines(text), warnings


def read_raw_text(entry: Entry) -> tuple[str, tuple[str, ...]]:
    """Do as `read_text`, and leave the ends of the lines as they are."""
    text, warnings = decode_raw(entry.read(limit=MAX_BYTES))
    if len(text) > MAX_CHARACTERS:
        message = f"The text has {len(text):,} characters; a note holds {CONTENT_MAX_BYTES:,} bytes."
        raise ItemRefused("content_too_large", f"{message} Divide it and import it again.")
    return text, warnings


def decode_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text with `\\n` at the end of each line, and a warning if it had to be guessed.

    It is UTF-8, or UTF-16 or UTF-32 with a byte order mark, or else what Windows used in Western countries. Raises
    `ItemRefused` if it cannot be text.
    """
    text, warnings = decode_raw(data)
    return plain_lines(text), warnings


def decode_raw(data: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), ()
    if data.count(0) > len(data) // 100:
        raise not_text()
    try:
        return data.decode(), ()
    except UnicodeDecodeError as error:
        # Pictures and compressed files have few NUL characters, and texts of Windows none.
        if 0 in data:
            raise not_text() from error
        return data.decode("cp1252", "replace"), ("The text is not in UTF-8; it was read as Windows-1252.",)


def not_text() -> ItemRefused:
    message = "This is not a text file, or one in UTF-16 or UTF-32 without a byte order mark."
    return ItemRefused("not_text", message)


def plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
