"""Bear's backup (`.bear2bk`) and TextBundles: a folder with a text, its files, and what the program knows about it."""

import re
from collections.abc import Iterator
from functools import partial

from notes.transfer.attachments import Attachments
from notes.transfer.budget import ItemRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, make_draft, split_title, time_in
from notes.transfer.formats.markdown import place
from notes.transfer.json_values import Record, parse_json
from notes.transfer.markdown_text import count_markup, hashtags_in, parts_of, replace_links
from notes.transfer.reader import BoundedReader, Entry
from notes.transfer.text_decoding import decode_text, read_text

TEXTS = ("text.md", "text.markdown", "text.txt")
INFO = "info.json"
# Several texts may be beside one such file.
MAX_INFO = 1 << 14
BEAR = "net.shinyfrog.bear"
# `#two words#`, or `#word` up to the next space. Bear allows most punctuation in tags.
TAG = re.compile(r"(?:^|(?<=\s))#(?:([^\s#](?:[^#\n]{0,100}[^\s#])?)#(?=\W|$)|([^\s#]+))", re.MULTILINE)
PUNCTUATION = ".,;:!?)'\"\u3001\u3002\uff0c"


def detect(reader: BoundedReader) -> bool:
    return next(bundles(reader), None) is not None


def bundles(reader: BoundedReader) -> Iterator[Entry]:
    return (entry for entry in texts_in(reader) if reader.sibling(entry, INFO) is not None)


def texts_in(reader: BoundedReader) -> Iterator[Entry]:
    return (entry for entry in reader.find(*TEXTS) if entry.name.rpartition("/")[2].lower() in TEXTS)


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    return reader.each(bundles(reader), partial(read_bundle, options=options))


def read_bundle(entry: Entry, options: Options) -> Iterator[Draft | Failure]:
    bear, is_bear = read_info(entry)
    text, warnings = read_text(entry)
    count_markup(text, entry.reader.budget, hashtags=is_bear or options.hashtags)
    name = entry.name.rpartition("/")[0].rpartition("/")[2].removesuffix(".textbundle")
    title, content = split_title(text) if is_bear or text.startswith("# ") else (name, text)
    files = Attachments()
    tags = bear_tags(content) if is_bear else hashtags_in(content) if options.hashtags else []
    yield make_draft(
        RawNote(
            source=entry.name,
            key=bear.text("uniqueIdentifier") or entry.path,
            title=title,
            content=replace_links(content, partial(place, entry, files)),
            tags=tags,
            created_at=time_in(bear.text("creationDate"), files.warnings),
            updated_at=time_in(bear.text("modificationDate"), files.warnings) or entry.modified,
            is_pinned=is_set(bear, "pinned"),
            is_archived=is_set(bear, "archived"),
            is_trashed=is_set(bear, "trashed"),
            trashed_at=time_in(bear.text("trashedDate"), files.warnings) if is_set(bear, "trashed") else None,
            attachments=files.found.values(),
            warnings=[*warnings, *files.warnings],
        )
    )


def read_info(entry: Entry) -> tuple[Record, bool]:
    """Return what Bear knows of the note, and whether it wrote it. Raises `ItemRefused` if the note is encrypted."""
    file = entry.reader.sibling(entry, INFO)
    info = Record(parse_json(decode_text(file.read(limit=MAX_INFO))[0]) if file else None)
    if info.record(BEAR).get("encrypted"):
        raise ItemRefused("encrypted", "The note is encrypted. Decrypt it in Bear and make another backup.")
    return info.record(BEAR), BEAR in info


def is_set(bear: Record, name: str) -> bool:
    return bear.get(name) in (1, True)


def bear_tags(text: str) -> list[str]:
    tags: dict[str, None] = {}
    for part, is_code in parts_of(text):
        for closed, word in () if is_code else TAG.findall(part):
            tag = closed or word.rstrip(PUNCTUATION)
            if tag.strip("/") and not tag.startswith("#"):
                tags[tag.strip("/")] = None
    return list(tags)
