"""Google Keep: a Takeout, or the JSON files of it. One file is one note; the HTML beside it says the same."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.transfer.attachments import Attachments, describe_entry
from notes.transfer.budget import Budget, ItemRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, from_epoch, make_draft
from notes.transfer.json_values import Record, parse_json
from notes.transfer.reader import MAX_NAME, TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import decode_text
from notes.transfer.unread import markdown_in, report_unread

MEMBERS = ("userEditedTimestampUsec", "isTrashed")
PER_SECOND = 1_000_000
# To search as many characters takes as long as a tag of HTML.
SEARCHED = 2_000
# To look for a file takes as long as this many tags.
FILE = 30


def detect(reader: BoundedReader) -> bool:
    heads = [entry.head() for entry in reader.candidates(".json")[:TRIES]]
    return any(f'"{member}"'.encode() in head for member in MEMBERS for head in heads)


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    yield from reader.each(reader.candidates(".json"), read_note)
    yield from report_unread(markdown_in(reader))


def read_record(entry: Entry) -> Record:
    return Record(parse_json(decode_text(entry.read(limit=8 << 20))[0]))


def read_note(entry: Entry) -> Iterator[Draft | Failure]:
    note = read_record(entry)
    if not any(member in note for member in MEMBERS):
        raise ItemRefused("not_a_note", "This JSON file is not a note of Google Keep.")
    files = Attachments()
    parts = [note.text("textContent"), checklist(note), links(note, entry.reader.budget), attached(entry, note, files)]
    yield make_draft(
        RawNote(
            source=entry.name,
            key=entry.name.rpartition("/")[2],
            title=note.text("title"),
            content="\n\n".join(filter(None, parts)),
            tags=[label.text("name") for label in note.records("labels")],
            created_at=from_epoch(note.get("createdTimestampUsec"), PER_SECOND),
            updated_at=from_epoch(note.get("userEditedTimestampUsec"), PER_SECOND),
            is_pinned=note.flag("isPinned"),
            is_archived=note.flag("isArchived"),
            is_trashed=note.flag("isTrashed"),
            attachments=files.found.values(),
            warnings=files.warnings,
        )
    )


def checklist(note: Record) -> str:
    """Raises `ItemRefused` if it is too long: it would be copied several times before that is seen."""
    items = note.records("listContent")
    if (size := sum(len(item.text("text")) for item in items)) > CONTENT_MAX_BYTES:
        raise ItemRefused("content_too_large", f"The list has {size:,} characters; a note holds {CONTENT_MAX_BYTES:,}.")
    lines = (item.text("text").replace("\n", "\n  ") for item in items)
    return "\n".join(
        f"- [{'x' if item.flag('isChecked') else ' '}] {line}" for item, line in zip(items, lines, strict=True)
    )


def links(note: Record, budget: Budget) -> str:
    """The web pages that Keep shows below a note, unless the text has their addresses. Raises `ItemRefused`."""
    pages = [(page.text("title"), page.text("url")) for page in note.records("annotations")]
    if sum(len(title) + len(url) for title, url in pages) > CONTENT_MAX_BYTES:
        raise ItemRefused("content_too_large", "The addresses of the web pages are longer than a note.")
    text = note.text("textContent")
    budget.count_markup(len(pages) * (1 + len(text) // SEARCHED))
    return "\n".join(f"[{title or url}](<{url}>)" for title, url in pages if url and url not in text)


def attached(entry: Entry, note: Record, files: Attachments) -> str:
    """Place the files. Raises `ItemRefused` if these are too many for the input."""
    found = [file for file in note.records("attachments") if file.text("filePath")]
    entry.reader.budget.count_markup(len(found) * FILE)
    return "\n".join(place(entry, file, files) for file in found)


def place(entry: Entry, file: Record, files: Attachments) -> str:
    """Keep writes the name of some JPEG files with another suffix than the Takeout has."""
    name = file.text("filePath")[:MAX_NAME]
    path = PurePosixPath(name)
    names = [name, *(str(path.with_suffix(suffix)) for suffix in (".jpg", ".jpeg", ".png") if path.name)]
    found = next(filter(None, (entry.reader.sibling(entry, each) for each in names)), None)
    return files.place(describe_entry(found, file.text("mimetype"))) if found else files.missing(name)
