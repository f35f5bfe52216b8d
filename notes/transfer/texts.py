"""Bytes to text."""

import codecs

from notes.transfer.budget import ItemRefused

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text with `\\n` at the end of each line, and a warning if it had to be guessed.

    It is UTF-8, or UTF-16 with a byte order mark, or else what Windows used in Western countries. Raises `ItemRefused`
    if it cannot be text.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return plain_lines(data[len(mark) :].decode(encoding, "replace")), ()
    if data.count(0) > len(data) // 100:
        raise ItemRefused("not_text", "This is not a text file, or one in UTF-16 or UTF-32 without a byte order mark.")
    try:
        return plain_lines(data.decode()), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        return plain_lines(text), ("The text is not in UTF-8; it was read as Windows-1252.",)


def plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
