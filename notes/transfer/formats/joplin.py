"""Joplin: a JEX file (a tar), or the folder of a RAW export or of a sync target. One file is one item of any type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from notes.transfer.added_lines import task_line, with_source
from notes.transfer.attachments import Attachments, describe_entry, with_target
from notes.transfer.draft import Attachment, Draft, Failure, Options
from notes.transfer.drafting import RawNote, fit_tag_part, from_epoch, make_draft, time_in
from notes.transfer.markdown_text import count_markup, replace_links, target_of
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import read_text
from notes.transfer.unread import markdown_in, report_unread

NAME = re.compile(r"(?:.*/)?[0-9a-f]{32}\.md", re.DOTALL)
TYPE = re.compile(rb"^type_: \d+\s*\Z", re.MULTILINE)
RESOURCE = re.compile(r":/([0-9a-f]{32})")
NOTE, NOTEBOOK, FILE, TAG, TAGGING = "1", "2", "4", "5", "6"
HTML = "2"
MAX_DEPTH = 10
# An item has about 30 lines with values. What is kept of the values and titles of items that belong to notes.
MAX_LINES, MAX_VALUE = 1000, 255
INDEXED = ("id", "type_", "parent_id", "note_id", "tag_id", "mime", "file_extension")


class Item(NamedTuple):
    title: str
    text: str
    values: dict[str, str]


@dataclass(slots=True)
class Index:
    """What the notes refer to, by id."""

    notebooks: dict[str, tuple[str, str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    tags_of: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    notes: list[Entry] = field(default_factory=list)

    def add(self, item: Item, entry: Entry) -> None:
        values = {name: item.values.get(name, "")[:MAX_VALUE] for name in INDEXED}
        kind, key = values["type_"], values["id"]
        if kind == NOTE:
            self.notes.append(entry)
        elif kind == NOTEBOOK:
            self.notebooks[key] = (fit_tag_part(item.title), values["parent_id"])
        elif kind == TAG:
            self.tags[key] = fit_tag_part(item.title)
        elif kind == TAGGING:
            self.tags_of.setdefault(values["note_id"], []).append(values["tag_id"])
        elif kind == FILE:
            self.files[key] = (item.title[:MAX_VALUE], values["mime"], values["file_extension"])

    def notebook(self, key: str) -> str:
        """The titles of a notebook and of those around it, as in `food/cakes`."""
        parts: list[str] = []
        while key in self.notebooks and len(parts) < MAX_DEPTH:
            title, key = self.notebooks[key]
            parts.append(title)
        return "/".join(reversed(parts))


def detect(reader: BoundedReader) -> bool:
    return any(TYPE.search(entry.head()) for entry in islice(items_in(reader), TRIES))


def items_in(reader: BoundedReader) -> Iterator[Entry]:
    return (entry for entry in reader.find(".md") if NAME.fullmatch(entry.name))


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    """Read everything twice: a note may come before its notebook and tags."""
    index = Index()
    yield from reader.each(items_in(reader), partial(read_other, index=index))
    yield from reader.each(index.notes, partial(read_note, index=index))
    yield from report_unread([name for name in markdown_in(reader) if not NAME.fullmatch(name)])


def read_other(entry: Entry, index: Index) -> Iterator[Failure]:
    item = read_item(entry)
    if item.values.get("encryption_applied") == "1":
        message = "The item is encrypted. Decrypt the notes in Joplin, or export them there, and import that."
        yield Failure(entry.name, "encrypted", message)
    else:
        index.add(item, entry)


def read_item(entry: Entry) -> Item:
    """An item is a title, a text and lines `name: value`, with blank lines between them. Some have only the lines."""
    text, _ = read_text(entry)
    above, _, lines = text.rpartition("\n\n")
    title, _, body = above.partition("\n\n") if "\n\n" in above else (above, "", "")
    values = dict(line.partition(": ")[::2] for line in lines.split("\n")[-MAX_LINES:] if ":" in line)
    return Item(title, body, {name.rstrip(":"): value for name, value in values.items()})


def read_note(entry: Entry, index: Index) -> Iterator[Draft | Failure]:
    item = read_item(entry)
    values = item.values
    files = Attachments()
    tags = (index.tags.get(tag, "") for tag in index.tags_of.get(values.get("id", ""), []))
    deleted_at = from_epoch(values.get("deleted_time"), 1000)
    if values.get("is_conflict") == "1":
        files.warnings.append("This is the copy of a note that Joplin kept because of a conflict.")
    yield make_draft(
        RawNote(
            source=entry.name,
            key=values.get("id", ""),
            title=item.title,
            content=content_of(entry, item, index, files),
            tags=chain([index.notebook(values.get("parent_id", ""))], tags),
            created_at=read_time(values, "created_time", files.warnings),
            updated_at=read_time(values, "updated_time", files.warnings),
            is_trashed=deleted_at is not None,
            trashed_at=deleted_at,
            attachments=files.found.values(),
            warnings=files.warnings,
        )
    )


def read_time(values: dict[str, str], name: str, warnings: list[str]) -> datetime | None:
    """The time that the user sees is that of the user, if the note has both."""
    return time_in(values.get(f"user_{name}", "") or values.get(name, ""), warnings)


def content_of(entry: Entry, item: Item, index: Index, files: Attachments) -> str:
    values, text = item.values, item.text
    if values.get("markup_language") == HTML:
        from notes.transfer.html_markdown import Converter  # noqa: PLC0415  # see there

        text = Converter(entry.reader.budget).convert(text)
    if values.get("is_todo") == "1":
        due = from_epoch(values.get("todo_due"), 1000)
        done = values.get("todo_completed", "0") not in ("", "0")
        line = task_line(item.title, f"{due:%Y-%m-%d %H:%M} UTC" if due else "", is_done=done)
        text = f"{line}\n\n{text}" if text else line
    count_markup(text, entry.reader.budget)
    text = replace_links(text, partial(place, entry=entry, index=index, files=files))
    return with_source(text, values.get("source_url", ""))


def place(found: re.Match[str], entry: Entry, index: Index, files: Attachments) -> str:
    target = RESOURCE.fullmatch(target_of(found))
    if target is None:
        return found[0]
    key = target[1]
    if key not in index.files:
        if found["image"] or found["src"]:
            files.warnings.append(f'The attachment "{key}" is not in the input.')
        return found[0]
    title, media_type, extension = index.files[key]
    names = (f"{key}.{extension}", key)
    file = next(filter(None, map(entry.reader.by_last_name.get, names)), None)
    if file is None:
        files.warnings.append(f'The attachment "{title}" is not in the input.')
        return found[0]
    known = describe_entry(file, media_type)
    attachment = Attachment(title or known.name, media_type or known.media_type, known.sha256, known.size)
    files.place(attachment)
    return with_target(found, attachment)
