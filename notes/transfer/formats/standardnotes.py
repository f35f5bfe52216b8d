"""Standard Notes: a decrypted backup, one JSON document with notes and tags as its items."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from notes.transfer.budget import ItemRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import EPOCH, RawNote, fit_tag_part, make_draft, time_in
from notes.transfer.json_items import records_of
from notes.transfer.json_values import Record
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import plain_lines

SUFFIXES = (".txt", ".json")
APP = "org.standardnotes.sn"
# References from tags to notes.
MAX_REFERENCES = 400_000
MAX_DEPTH = 10


def detect(reader: BoundedReader) -> bool:
    return any(map(is_backup, reader.candidates(*SUFFIXES)[:TRIES]))


def is_backup(entry: Entry) -> bool:
    """Whether this is the backup. A zip has each item as a file as well."""
    head = entry.head()
    return b'"items"' in head and b'"content_type"' in head


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    return reader.each(filter(is_backup, reader.candidates(*SUFFIXES)), read_items)


def read_items(entry: Entry) -> Iterator[Draft | Failure]:
    """Read the document twice: tags may come after the notes to which they belong."""
    tags_of, path = read_tags(entry)
    for number, item in enumerate(records_of(entry, "items"), start=1):
        if item.text("content_type") == "Note":
            tags = map(path, tags_of.get(item.text("uuid"), ()))
            source = f"{entry.name}, item {number}"
            try:
                yield from read_note(source, item, tags, entry)
            except ItemRefused as refusal:
                yield Failure(source, refusal.code, str(refusal))


def read_tags(entry: Entry) -> tuple[dict[str, list[str]], Callable[[str], str]]:
    """Return the ids of the tags of each note, and a function that makes a name from such an id."""
    titles: dict[str, str] = {}
    parents: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    count = 0
    for tag in (item for item in records_of(entry, "items") if item.text("content_type") == "Tag"):
        content, uuid = tag.record("content"), tag.text("uuid")
        titles[uuid] = fit_tag_part(content.text("title"))
        for reference in content.records("references"):
            count += 1
            if count > MAX_REFERENCES:
                raise ItemRefused("too_large", f"The tags have more than {MAX_REFERENCES:,} notes together.")
            if reference.text("content_type") == "Tag":
                parents[uuid] = reference.text("uuid")
            else:
                notes.setdefault(reference.text("uuid"), []).append(uuid)
    return notes, partial(path_of, titles=titles, parents=parents)


def path_of(uuid: str, titles: dict[str, str], parents: dict[str, str]) -> str:
    """The titles of a tag and of those above it, as in `food/cakes`."""
    parts: list[str] = []
    while uuid in titles and len(parts) < MAX_DEPTH:
        parts.append(titles[uuid])
        uuid = parents.get(uuid, "")
    return "/".join(reversed(parts))


def read_note(source: str, item: Record, tags: Iterable[str], entry: Entry) -> Iterator[Draft | Failure]:
    if not isinstance(item.get("content"), dict):
        yield Failure(source, "encrypted", "The note is encrypted. Export a decrypted backup and import that.")
        return
    content = item.record("content")
    app = content.record("appData").record(APP)
    warnings: list[str] = []
    changed_at = time_in(app.text("client_updated_at"), warnings)
    if changed_at is None or changed_at.replace(tzinfo=EPOCH.tzinfo) <= EPOCH:
        changed_at = time_in(item.text("updated_at"), warnings)
    yield make_draft(
        RawNote(
            source=source,
            key=item.text("uuid"),
            title=content.text("title"),
            content=text_of(content, entry, warnings),
            tags=tags,
            created_at=time_in(item.text("created_at"), warnings),
            updated_at=changed_at,
            is_pinned=app.flag("pinned"),
            is_archived=app.flag("archived"),
            is_trashed=content.flag("trashed"),
            warnings=warnings,
        )
    )


def text_of(content: Record, entry: Entry, warnings: list[str]) -> str:
    text, kind = plain_lines(content.text("text")), content.text("noteType")
    if kind == "rich-text":
        from notes.transfer.html_markdown import Converter  # noqa: PLC0415  # see there

        return Converter(entry.reader.budget).convert(text)
    if kind in ("super", "spreadsheet", "authentication"):
        warnings.append(f"The note is of the kind {kind}, whose text is data of Standard Notes and was kept as it is.")
    return text
