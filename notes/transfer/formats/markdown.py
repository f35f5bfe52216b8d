"""A folder of Markdown and text files: Obsidian, Hugo, Hexo, Jekyll, Dendron, Joplin, Nextcloud Notes and others."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from notes.transfer import front_matter, markdown_text
from notes.transfer.added_lines import task_line
from notes.transfer.attachments import Attachments, describe_entry, type_of, with_target
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, make_draft, parse_time
from notes.transfer.front_matter import FrontMatter, Value, split_front_matter, text_below
from notes.transfer.markdown_text import hashtags_in, replace_links, target_of
from notes.transfer.reader import BoundedReader, Entry, FileReader, normal
from notes.transfer.text_decoding import plain_lines, read_raw_text
from notes.transfer.unread import MARKDOWN, report_unread

TEXT = (".txt", ".text")
NOTES = (*MARKDOWN, *TEXT)
TAGS = ("tags", "tag", "keywords", "category", "categories", "labels")
CREATED = ("created", "date", "created_at", "createdat", "creation date", "date created", "created time")
UPDATED = (
    "updated",
    "lastmod",
    "modified",
    "updated_at",
    "updatedat",
    "last_modified_at",
    "date modified",
    "last modified",
)
PINNED = ("pinned", "is_pinned", "sticky", "favorite", "starred")
ARCHIVED = ("archived", "is_archived")
# The file of a folder itself.
FOLDER_NOTES = ("index", "_index")
WIKILINK = re.compile(r"\[\[([^\[\]|]+)(?:\|[^\[\]]*)?\]\]")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
TRASH = ".trash/"


def detect(reader: BoundedReader) -> bool:
    return next(visible(reader, MARKDOWN), None) is not None


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    # A single file was chosen as a note, whatever its name is.
    notes = visible(reader, ("",) if isinstance(reader, FileReader) else NOTES)
    yield from reader.each(notes, partial(read_note, options=options))
    yield from other_files(reader)


def other_files(reader: BoundedReader) -> Iterator[Failure]:
    """Say once which files were left out."""
    if not isinstance(reader, FileReader):
        yield from report_unread([name for name, entry in reader.entries.items() if is_other(entry)])


def visible(reader: BoundedReader, suffixes: tuple[str, ...]) -> Iterator[Entry]:
    """The notes, without those of programs' hidden folders. Obsidian's trash is one of these, and is read."""
    return (entry for entry in reader.find(*suffixes) if not is_hidden(entry.path.removeprefix(TRASH)))


def is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def is_other(entry: Entry) -> bool:
    is_used = entry.name in entry.reader.attachments
    return not (is_used or entry.name.lower().endswith(NOTES) or is_hidden(entry.path))


def read_note(entry: Entry, options: Options) -> Iterator[Draft | Failure]:
    matter = read_matter(entry, options)
    stem = PurePosixPath(entry.path).stem
    title = read_title(matter) or title_of(entry, stem)
    tags = [*tags_of(matter), *folders_of(entry, matter, stem), *(hashtags_in(matter.text) if options.hashtags else ())]
    members = members_of(matter, entry)
    files = Attachments()
    content = replace_links(with_task(matter, title), partial(place, entry, files))
    yield make_draft(
        RawNote(
            source=entry.name,
            key=entry.path,
            title=title,
            content=content,
            tags=tags,
            attachments=files.found.values(),
            warnings=[*matter.warnings, *files.warnings],
            **members,
        )
    )


def members_of(matter: FrontMatter, entry: Entry) -> dict[str, Any]:  # Any: each member has its own type
    trashed_at = read_time(matter, ("trashed",))
    return {
        "id": own_id(matter),
        "created_at": read_time(matter, CREATED),
        "updated_at": read_time(matter, UPDATED) or entry.modified,
        "is_pinned": matter.flag(*PINNED),
        "is_archived": matter.flag(*ARCHIVED),
        "is_trashed": trashed_at is not None or entry.path.startswith(TRASH),
        "trashed_at": trashed_at,
    }


def read_matter(entry: Entry, options: Options) -> FrontMatter:
    raw, warnings = read_raw_text(entry)
    text = plain_lines(raw)
    markdown_text.count_markup(text, entry.reader.budget, hashtags=options.hashtags)
    front_matter.count_markup(text, entry.reader.budget)
    matter = FrontMatter(text) if entry.name.lower().endswith(TEXT) else split_front_matter(text)
    matter.warnings.extend(warnings)
    if own_id(matter) and (below := text_below(raw)) is not None:
        matter.text = below
    return matter


def is_own(matter: FrontMatter) -> bool:
    """Whether the file is like those of `notes.transfer.exports.markdown`."""
    return {"id", "title", "tags", "created", "updated"} <= matter.values.keys()


def own_id(matter: FrontMatter) -> UUID | None:
    """The id of a note that this server has exported, so that it is recognised."""
    if not is_own(matter):
        return None
    try:
        found = UUID(str(matter.values["id"]))
    except ValueError:
        return None
    matter.used.add("id")
    return found if found.version in (4, 7) else None


def read_title(matter: FrontMatter) -> str:
    """The title, if it is written as one: anything else stays in the text."""
    name, title = next(matter.texts("title"), ("", ""))
    matter.used.add(name)
    return title


def title_of(entry: Entry, stem: str) -> str:
    folder = entry.path.rpartition("/")[0].rpartition("/")[2]
    return folder if stem in FOLDER_NOTES and folder else stem


def read_time(matter: FrontMatter, names: Iterable[str]) -> datetime | None:
    """The first of these values that is a time. One that is not stays in the text, with a warning."""
    for name, value in matter.texts(*names):
        if time := parse_time(value):
            matter.used.add(name)
            return time
        matter.warnings.append(f'"{name}" in the front matter is not a date that can be read.')
    return None


def with_task(matter: FrontMatter, title: str) -> str:
    """Joplin writes `completed?` for to-dos, with the time when they are due."""
    completed, due = (next(matter.texts(name), ("", ""))[1] for name in ("completed?", "due"))
    if not completed:
        return matter.rest()
    matter.used.update(("completed?", "due"))
    line = task_line(title, due, is_done=completed.lower() not in ("no", "false"))
    matter.text = f"{line}\n\n{matter.text}"
    return matter.rest()


def tags_of(matter: FrontMatter) -> Iterator[str]:
    """The tags and categories. Nested lists are Hexo's way to write a path of categories."""
    for name in TAGS:
        value = matter.values.get(name)
        items = value if isinstance(value, list) else re.split(r"[,\s]+", value) if isinstance(value, str) else []
        if not isinstance(value, dict) and all(map(is_tag, items)):
            matter.used.add(name)
        for item in items:
            path = "/".join(filter(is_text, item)) if isinstance(item, list) else item
            if is_text(path):
                yield path if own_id(matter) else WIKILINK.sub(r"\1", path).strip().lstrip("#")


def is_tag(item: Value) -> bool:
    return item is None or is_text(item) or (isinstance(item, list) and all(map(is_text, item)))


def is_text(value: Value) -> bool:
    return isinstance(value, str)


def folders_of(entry: Entry, matter: FrontMatter, stem: str) -> Iterator[str]:
    """The folder of the note as a tag such as `recipes/cakes`. In Dendron, dots in the name stand for folders."""
    folder = "" if is_own(matter) else entry.path.removeprefix(TRASH).rpartition("/")[0]
    is_dendron = {"id", "desc"} <= matter.values.keys()
    parent = stem.rpartition(".")[0].replace(".", "/") if is_dendron else ""
    matter.used.update({"id"} if is_dendron else ())
    yield from filter(None, (folder, parent))


def place(entry: Entry, files: Attachments, found: re.Match[str]) -> str:
    """Return what replaces a link: the mark of the attachment, if it leads to a file that is not a note."""
    target = found["embed"] or unquote(target_of(found))
    if SCHEME.match(target) or target.lower().endswith(NOTES):
        return found[0]
    file = find_file(entry, target.partition("#")[0].partition("?")[0].strip(), anywhere=bool(found["embed"]))
    if file is not None:
        attachment = describe_entry(file)
        mark = files.place(attachment)
        return mark if found["embed"] else with_target(found, attachment)
    # Of a definition, only its target says whether it is that of a picture.
    if found["image"] or found["src"] or (found["definition"] and type_of(target).startswith("image/")):
        files.warnings.append(f'The attachment "{target}" is not in the input.')
    return found[0]


def find_file(entry: Entry, target: str, *, anywhere: bool) -> Entry | None:
    """Paths are relative to the note or to the root. Obsidian embeds files by their name alone."""
    reader = entry.reader
    found = (None if target.startswith("/") else reader.sibling(entry, target)) or reader.at_root(target)
    if found is None and anywhere:
        found = reader.by_last_name.get(normal(target).rpartition("/")[2])
    return found if found is not None and not found.name.lower().endswith(NOTES) else None
