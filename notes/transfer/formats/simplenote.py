"""Simplenote: the JSON of an export, or its zip, in which the text files say the same."""

from collections.abc import Iterator

from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, make_draft, split_title, time_in
from notes.transfer.json_items import items_of
from notes.transfer.json_values import Record
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import plain_lines

ACTIVE, TRASHED = "activeNotes", "trashedNotes"


def detect(reader: BoundedReader) -> bool:
    return any(map(is_export, reader.candidates(".json")[:TRIES]))


def is_export(entry: Entry) -> bool:
    return any(f'"{name}"'.encode() in entry.head() for name in (ACTIVE, TRASHED))


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    return reader.each(filter(is_export, reader.candidates(".json")), read_notes)


def read_notes(entry: Entry) -> Iterator[Draft | Failure]:
    number = 0
    for name, item in items_of(entry):
        if name not in (ACTIVE, TRASHED):
            continue
        number += 1
        source = f"{entry.name}, note {number}"
        if isinstance(item, dict):
            yield read_note(source, Record(item), is_trashed=name == TRASHED)
        else:
            yield Failure(source, "not_a_note", f"This member of {name} is not a note.")


def read_note(source: str, note: Record, *, is_trashed: bool) -> Draft | Failure:
    """The first line is the title. In Markdown, it may be a heading."""
    title, content = split_title(plain_lines(note.text("content")))
    warnings: list[str] = []
    times = [time_in(note.text(name), warnings) for name in ("creationDate", "lastModified")]
    return make_draft(
        RawNote(
            source=source,
            key=note.text("id"),
            title=title,
            content=content,
            tags=note.texts("tags"),
            created_at=times[0],
            updated_at=times[1],
            is_pinned=note.flag("pinned") or "pinned" in note.texts("systemTags"),
            is_trashed=is_trashed or note.flag("deleted"),
            warnings=warnings,
        )
    )
