"""Notion's export as Markdown. The names of its files end in the id of the page; databases are pages and a CSV."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice

from notes.transfer.attachments import Attachments
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, make_draft, parse_time
from notes.transfer.formats.markdown import other_files, place
from notes.transfer.markdown_text import count_markup, replace_links
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import read_text

PAGE = re.compile(r"(?:(.*)/)?([^/]*?) ?([0-9a-f]{32})\.md", re.DOTALL)
ID = re.compile(r" ?[0-9a-f]{32}$")
PROPERTY = re.compile(r"([^:\n]{1,60}): (.+)")
TAGS = ("tags", "tag", "labels")
CREATED = ("created", "created time", "date created")
UPDATED = ("last edited time", "last edited", "updated")


def detect(reader: BoundedReader) -> bool:
    """Most of the pages that come first have an id and begin with their title."""
    first = list(islice(reader.find(".md"), TRIES))
    pages = [entry for entry in first if PAGE.fullmatch(entry.path) and entry.head().startswith(b"# ")]
    return len(pages) > len(first) / 2


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    yield from reader.each(reader.find(".md"), read_page)
    yield from other_files(reader)


def read_page(entry: Entry) -> Iterator[Draft | Failure]:
    found = PAGE.fullmatch(entry.path)
    folder, name, key = found.groups("") if found else ("", entry.path, entry.path)
    text, warnings = read_text(entry)
    count_markup(text, entry.reader.budget)
    first, _, content = text.partition("\n")
    title = first.removeprefix("# ").strip() if first.startswith("# ") else name
    content = content.lstrip("\n") if first.startswith("# ") else text
    values = properties_of(content)
    files = Attachments()
    yield make_draft(
        RawNote(
            source=entry.name,
            key=key,
            title=title,
            content=replace_links(content, partial(place, entry, files)),
            tags=[tag for tag_name in TAGS for tag in values.get(tag_name, "").split(",")] + folders_of(folder),
            created_at=next(filter(None, (parse_time(values.get(each, "")) for each in CREATED)), None),
            updated_at=next(filter(None, (parse_time(values.get(each, "")) for each in UPDATED)), None),
            attachments=files.found.values(),
            warnings=[*warnings, *files.warnings],
        )
    )


def folders_of(folder: str) -> list[str]:
    """The pages above this one as a tag, without their ids."""
    return ["/".join(ID.sub("", part) for part in folder.split("/"))] if folder else []


def properties_of(content: str) -> dict[str, str]:
    """The lines `name: value` with which a page of a database begins. They stay in the text."""
    values: dict[str, str] = {}
    for line in content[:8192].split("\n"):
        found = PROPERTY.fullmatch(line)
        if found is None:
            break
        values[found[1].lower()] = found[2].strip()
    return values
