"""Our own export: `notes.ndjson`, alone or in its archive. Nothing is changed: what a note cannot hold is a failure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.models.revision import MAX_REVISION_BYTES, MAX_REVISIONS
from notes.transfer.budget import ItemRefused
from notes.transfer.draft import Draft, EarlierText, Failure, Options
from notes.transfer.drafting import MAX_TITLE
from notes.transfer.json_values import MAX_VALUES, require_few_values
from notes.transfer.reader import BoundedReader, Entry
from notes.transfer.unread import markdown_in, report_unread
from notes_api.rest.tag_names import MAX_TAGS, InvalidTag, clean_tag

LINES = "notes.ndjson"
# As many bytes as a note may take as JSON, however it is escaped.
MAX_LINE = 8 * 1024 * 1024
# How the first line begins, in an export and with the spaces that other programs write.
STARTS = (b'{"kind":"note"', b'{"kind": "note"')

Members = dict[str, Any]  # Any: JSON of another server


def detect(reader: BoundedReader) -> bool:
    return find_lines(reader) is not None


def find_lines(reader: BoundedReader) -> Entry | None:
    """Return the entry with the lines: by its name in an archive, by its beginning if it is the only one."""
    named = next((entry for entry in reader.entries.values() if entry.path == LINES), None)
    if named is not None or len(reader.entries) != 1:
        return named
    [entry] = reader.entries.values()
    try:
        return entry if next(entry.chunks(), b"").startswith(STARTS) else None
    except ItemRefused:
        return None


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    entry = find_lines(reader)
    if entry is None:
        return
    count = 0
    try:
        for item in read_notes(entry):
            yield item
            count += 1
    except ItemRefused as refusal:
        yield Failure("", refusal.code, str(refusal))
        return
    # An export has one such file for each note, which says the same. Others were added to it.
    if len(texts := markdown_in(reader)) > count:
        yield from report_unread(texts[count:])


def read_notes(entry: Entry) -> Iterator[Draft | Failure]:
    """Yield each note with the earlier texts that follow it."""
    draft: Draft | None = None
    earlier = EarlierTexts()
    for number, line in enumerate(read_lines(entry), 1):
        try:
            part = read_line(line, f"{entry.path}:{number}")
        except (ValueError, KeyError, TypeError, InvalidTag, ItemRefused) as error:
            yield Failure(f"{entry.path}:{number}", "invalid_line", f"The line is not valid: {describe(error)}.")
            continue
        if isinstance(part, Draft):
            if draft is not None:
                yield earlier.added_to(draft)
            draft, earlier = part, EarlierTexts()
        elif draft is not None and part[0] == draft.id:
            earlier.add(part[1])
        else:
            yield Failure(f"{entry.path}:{number}", "without_note", "The note of this earlier text is not above it.")
    if draft is not None:
        yield earlier.added_to(draft)


class EarlierTexts:
    """As many of the newest earlier texts of a note as it may have."""

    def __init__(self) -> None:
        self.newest: deque[EarlierText] = deque()
        self.count = self.size = 0

    def add(self, text: EarlierText) -> None:
        self.newest.append(text)
        self.count += 1
        self.size += len(text.content.encode())
        while len(self.newest) > MAX_REVISIONS or (self.size > MAX_REVISION_BYTES and len(self.newest) > 1):
            self.size -= len(self.newest.popleft().content.encode())

    def added_to(self, draft: Draft) -> Draft:
        kept = len(self.newest)
        warnings = [f"Only the newest {kept:,} of {self.count:,} earlier texts were kept."] * (self.count > kept)
        return replace(draft, revisions=tuple(self.newest), warnings=tuple(warnings))


def read_lines(entry: Entry) -> Iterator[bytes]:
    """Yield the lines that are not empty. Raises `ItemRefused` at one that is too long."""
    parts: list[bytes] = []
    size = 0
    for chunk in entry.chunks():
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            if text := b"".join([*parts, line]).strip():
                yield text
            parts, size = [], 0
        parts.append(rest)
        size += len(rest)
        if size > MAX_LINE:
            raise ItemRefused("line_too_long", f"A line has more than {MAX_LINE:,} bytes. Nothing more is read.")
    if text := b"".join(parts).strip():
        yield text


def read_line(line: bytes, source: str) -> Draft | tuple[UUID, EarlierText]:
    """Raises `ValueError`, `KeyError`, `TypeError`, `InvalidTag` and `ItemRefused`."""
    if len(line) > MAX_VALUES:
        require_few_values(line.decode("utf-8", "replace"))
    members: Members = orjson.loads(line)
    if members["kind"] == "note":
        return Draft(
            source=source,
            **read_text(members),
            id=UUID(require_text(members["id"])),
            is_pinned=members.get("is_pinned", False) is True,
            is_archived=members.get("is_archived", False) is True,
            created_at=read_time(members.get("created_at")),
            updated_at=read_time(members.get("updated_at")),
            trashed_at=read_time(members.get("trashed_at")),
        )
    if members["kind"] != "revision":
        raise ValueError("its `kind` is neither note nor revision")
    written_at, kept_at = read_time(members["written_at"]), read_time(members["kept_at"])
    if written_at is None or kept_at is None:
        raise ValueError("a time is missing")
    note_id = UUID(require_text(members["note_id"]))
    return note_id, EarlierText(**read_text(members), written_at=written_at, kept_at=kept_at)


def read_text(members: Members) -> Members:
    """Return title, content and tags unchanged."""
    title, content = require_text(members["title"]), require_text(members.get("content", ""))
    if not 1 <= len(title) <= MAX_TITLE:
        raise ValueError(f"the title must have 1 to {MAX_TITLE} characters")
    if len(content.encode()) > CONTENT_MAX_BYTES:
        raise ValueError(f"the content is longer than {CONTENT_MAX_BYTES:,} bytes")
    tags = members.get("tags", [])
    if not isinstance(tags, list) or len(tags) > MAX_TAGS:
        raise ValueError(f"there must be at most {MAX_TAGS} tags")
    return {"title": title, "content": content, "tags": tuple(dict.fromkeys(map(clean_tag, map(require_text, tags))))}


def require_text(value: Any) -> str:  # Any: JSON
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("a text is missing or has a NUL character")
    return value


def read_time(value: Any) -> datetime | None:  # Any: JSON
    """Return the time; None if it is null. Raises `ValueError` for anything without an offset."""
    if value is None:
        return None
    time = datetime.fromisoformat(require_text(value))
    if time.tzinfo is None or not 1 < time.year < 9999:
        raise ValueError("a time has no offset")
    return time


def describe(error: Exception) -> str:
    if isinstance(error, orjson.JSONDecodeError):
        return "it is not JSON"
    if isinstance(error, TypeError):
        return "it is not a note"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".") or "it is not a note"
