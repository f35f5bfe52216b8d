"""Evernote's ENEX: XML with the notes one after the other, and their files in Base64. It is read as a stream."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from notes.transfer.added_lines import with_source
from notes.transfer.attachments import Attachments
from notes.transfer.budget import ItemRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, make_draft
from notes.transfer.enex_target import EnexNote, EnexTarget
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.unread import markdown_in, report_unread

SUFFIX = ".enex"
HEAD = 4096
# The official declaration, whose DTD is never fetched. Any other one is refused.
DOCTYPE = re.compile(
    rb"<!DOCTYPE\s+en-export\s+SYSTEM\s+\"https?://xml\.evernote\.com/pub/evernote-export\d?\.dtd\"\s*>"
)
OPEN, CLOSE, BEGIN, END = b"<content>", b"</content>", b"<![CDATA[", b"]]>"
MAX_CONTENT = 8 << 20
# A part of the input, and how much of it the parser may keep because a tag or comment in it has not ended.
PART = 1 << 16
# Each repaired end of a section takes five times as long as it was.
MAX_REPAIRED = 10_000


def detect(reader: BoundedReader) -> bool:
    return any(b"<en-export" in entry.head()[:HEAD] for entry in reader.candidates(SUFFIX)[:TRIES])


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    yield from reader.each(reader.candidates(SUFFIX), read_notes)
    yield from report_unread(markdown_in(reader))


def read_notes(entry: Entry) -> Iterator[Draft | Failure]:
    for number, note in enumerate(parse_notes(entry), start=1):
        yield from read_note(entry, note, number)


def parse_notes(entry: Entry) -> Iterator[EnexNote]:
    """Yield each note as soon as it is complete. Raises `ItemRefused` where the XML is not valid."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415  # only imports need it
    from defusedxml.ElementTree import ParseError, XMLParser  # noqa: PLC0415  # as above

    target = EnexTarget()
    parser = XMLParser(target=target, forbid_dtd=True)
    try:
        size = 0
        for part in divided(repaired(without_doctype(entry.chunks()))):
            parser.feed(part)
            yield from target.complete()
            size += len(part)
            if size - parser.parser.CurrentByteIndex > PART:
                raise ItemRefused("invalid_xml", f"A tag or comment of the ENEX file has more than {PART:,} bytes.")
        parser.close()
    except DefusedXmlException as error:
        raise ItemRefused(
            "invalid_xml", "The file declares a document type or entities, which are not read."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        yield from target.complete()
        message = f"The XML is not valid: {error}. What follows in the file was not read."
        raise ItemRefused("invalid_xml", message) from error


def divided(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield from (chunk[at : at + PART] for at in range(0, len(chunk), PART))


def without_doctype(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD:
            break
    yield DOCTYPE.sub(b"", head, count=1)
    yield from chunks


def repaired(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Let each CDATA section end where the content ends: some programs do not escape an earlier `]]>` in it."""
    pending = b""
    is_content = False
    for chunk in chunks:
        pending += chunk
        start = 0
        while (at := pending.find(CLOSE if is_content else OPEN, start)) >= 0:
            end = at + len(CLOSE if is_content else OPEN)
            yield repair(pending[start:at]) + pending[at:end] if is_content else pending[start:end]
            start, is_content = end, not is_content
        pending = pending[start:]
        if not is_content:
            keep = max(0, len(pending) - len(OPEN))
            yield pending[:keep]
            pending = pending[keep:]
        elif len(pending) > MAX_CONTENT:
            yield pending
            pending, is_content = b"", False
    yield pending


def repair(content: bytes) -> bytes:
    body = content.strip()
    if not (body.startswith(BEGIN) and body.endswith(END)):
        return content
    inside = body[len(BEGIN) : -len(END)]
    if not 0 < inside.count(END) <= MAX_REPAIRED:
        return content
    return BEGIN + inside.replace(END, b"]]]]><![CDATA[>") + END


def read_note(entry: Entry, note: EnexNote, number: int) -> Iterator[Draft | Failure]:
    source = f"{entry.name}, note {number}"
    files = Attachments()
    files.warnings.extend(warnings_of(note))
    try:
        content = convert(entry, note, files)
    except ItemRefused as refusal:
        yield Failure(source, refusal.code, str(refusal))
        return
    times = [read_time(note, name, files.warnings) for name in ("created", "updated")]
    yield make_draft(
        RawNote(
            source=source,
            key="",
            title=note.values.get("title", ""),
            content=with_source(content, note.values.get("source-url", "")),
            tags=note.tags,
            created_at=times[0],
            updated_at=times[1],
            attachments=files.found.values(),
            warnings=files.warnings,
        )
    )


def warnings_of(note: EnexNote) -> Iterator[str]:
    yield from note.warnings
    if any(task.get("taskFlag") == "true" for task in note.tasks):
        yield "A task in a note has no flag: it was left out."
    if reminder := note.values.get("reminder-time"):
        yield f"A note has no reminder: that of {reminder[:40]} was left out."


def convert(entry: Entry, note: EnexNote, files: Attachments) -> str:
    from notes.transfer.enml import EnmlConverter, Parts, make_task  # noqa: PLC0415  # see `html_markdown`

    if note.is_too_large:
        raise ItemRefused("content_too_large", "The text of the note is too long.")
    tasks = [
        make_task(
            task.get("title", ""),
            task.get("taskStatus", ""),
            task.get("dueDate", ""),
            task.get("taskGroupNoteLevelID", ""),
            task.get("sortWeight", ""),
        )
        for task in note.tasks
    ]
    parts = Parts(note.resources, tasks, files)
    return EnmlConverter(parts, entry.reader.budget).convert(note.values.get("content", ""))


def read_time(note: EnexNote, name: str, warnings: list[str]) -> datetime | None:
    """Read `20230121T093733Z`."""
    if not (text := note.values.get(name, "")):
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        warnings.append(f'The time "{text[:40]}" is not valid and was left out.')
        return None
