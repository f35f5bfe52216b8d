"""Files of an input that are neither notes nor used in one."""

from collections.abc import Iterator, Sequence

from notes.transfer.draft import Failure
from notes.transfer.reader import BoundedReader, shown

MARKDOWN = (".md", ".markdown", ".mdown")


def markdown_in(reader: BoundedReader) -> list[str]:
    """Return the names of Markdown files. A single file is none, whatever its name is: it is the input."""
    return [entry.name for entry in reader.find(*MARKDOWN)] if len(reader.entries) > 1 else []


def report_unread(names: Sequence[str]) -> Iterator[Failure]:
    """Say once which files were left out."""
    if names:
        message = f"Files that were not read as notes, nor are used in one: {len(names):,}, such as {shown(names[0])}."
        yield Failure("other files", "not_a_note", message)
