"""Fit what a file says about a note into what a note can hold, and say what was changed."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.transfer.draft import Attachment, Draft, Failure
from notes_api.rest.tag_names import MAX_TAG_LENGTH, MAX_TAGS, InvalidTag, clean_tag

MAX_TITLE = 255
# Longer keys are hashed, and of longer tags only the beginning is read. Names of files and warnings end here, and
# further tags and warnings are left out.
MAX_KEY, MAX_NAME, MAX_WARNING, MAX_NAMES, MAX_WARNINGS = 1024, 255, 500, 2 * MAX_TAGS, 100
# A title that is made of the first line of a text.
MAX_DERIVED_TITLE = 80
# NUL cannot be stored, and a lone surrogate is not a character.
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
MAX_TIME = 100
SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})((?: \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?)?)", re.ASCII)
NAME_OF_UTC = re.compile(r" (?:UTC|GMT)$")
SPACE_BEFORE_OFFSET = re.compile(r" (?=[+-]\d\d:?\d\d$)")
FORMS = (
    "%B %d, %Y %I:%M %p",
    "%B %d, %Y",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
)
HEADING = re.compile(r"^\s*#{1,6}(?:\s+|$)")
MARKERS = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*+]\s+(?:\[.\]\s+)?|\d+[.)]\s+)+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RawNote:
    """A note as a file describes it, with any values. See `Draft`.

    If the title is empty, the first line of the content replaces it, or else `fallback`. If a program does not record
    when a note was deleted, `trashed_at` is None although it `is_trashed`.
    """

    source: str
    key: str
    title: str
    content: str
    fallback: str = "Untitled"
    tags: Iterable[str] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_pinned: bool = False
    is_archived: bool = False
    is_trashed: bool = False
    trashed_at: datetime | None = None
    id: UUID | None = None
    attachments: Iterable[Attachment] = ()
    warnings: Iterable[str] = ()


def make_draft(raw: RawNote) -> Draft | Failure:
    """Return the note with everything within the limits of the API, or why this is not possible."""
    if (length := max(len(raw.title), len(raw.content))) > CONTENT_MAX_BYTES:
        return too_large(raw, f"{length:,} characters")
    warnings = list(islice(raw.warnings, MAX_WARNINGS))
    title, content = fit_title(fit_text(raw.title, warnings), fit_text(raw.content, warnings), warnings)
    if (size := len(content.encode())) > CONTENT_MAX_BYTES:
        return too_large(raw, f"{size:,} bytes")
    return fit_draft(raw, title, content, warnings)


def fit_draft(raw: RawNote, title: str, content: str, warnings: list[str]) -> Draft:
    """Return the note with this title and content, and the rest of it within the limits."""
    created_at = fit_time(raw.created_at, "creation", warnings)
    updated_at = fit_time(raw.updated_at, "last change", warnings)
    trashed_at = fit_time(raw.trashed_at, "deletion", warnings) or updated_at or created_at or EPOCH
    return Draft(
        source=fit_text(raw.source),
        key=fit_key(raw.key),
        title=title or first_line(content) or fit_title(fit_text(raw.fallback), "", [])[0] or "Untitled",
        content=content,
        tags=fit_tags(raw.tags, warnings),
        created_at=created_at,
        updated_at=updated_at,
        is_pinned=raw.is_pinned,
        is_archived=raw.is_archived,
        trashed_at=trashed_at if raw.is_trashed else None,
        id=raw.id,
        attachments=tuple(map(fit_attachment, raw.attachments)),
        warnings=tuple(dict.fromkeys(fit_text(warning[:MAX_WARNING]) for warning in warnings)),
    )


def too_large(raw: RawNote, size: str) -> Failure:
    message = f"The text has {size}; a note holds {CONTENT_MAX_BYTES:,}. Divide it and import it again."
    return Failure(fit_text(raw.source), "content_too_large", message)


def fit_key(key: str) -> str:
    """A group of notes is in memory together, whose keys must not be longer than their texts."""
    fitted = fit_text(key)
    return fitted if len(fitted) <= MAX_KEY else hashlib.sha256(fitted.encode()).hexdigest()


def fit_text(text: str, warnings: list[str] | None = None) -> str:
    fitted = NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)
    if warnings is not None and fitted != text:
        warnings.append("Characters that a note cannot hold were replaced by U+FFFD.")
    return fitted


def fit_attachment(attachment: Attachment) -> Attachment:
    name, media_type = attachment.name[:MAX_NAME], attachment.media_type[:MAX_NAME]
    return replace(attachment, name=fit_text(name), media_type=fit_text(media_type))


def fit_title(title: str, content: str, warnings: list[str]) -> tuple[str, str]:
    """Join the lines of the title. If it is too long, shorten it, and put the whole title above the content."""
    title = BREAKS.sub(" ", title).strip()
    if len(title) <= MAX_TITLE:
        return title, content
    warnings.append(
        f"The title is longer than {MAX_TITLE} characters: it was shortened, and is above the text in full."
    )
    return shorten(title, MAX_TITLE), f"{title}\n\n{content}" if content else title


def first_line(content: str) -> str:
    """Return the first line that has words, without the marks of Markdown."""
    for line in content[:4096].splitlines():
        words = " ".join(MARKERS.sub("", line.strip()).strip("*_`~ ").split())
        if any(character.isalnum() for character in words):
            return shorten(words, MAX_DERIVED_TITLE)
    return ""


def split_title(text: str) -> tuple[str, str]:
    """Divide a text whose first line is its title. In Markdown, that line may be a heading."""
    first, _, rest = text.lstrip("\n").partition("\n")
    return HEADING.sub("", first).strip(), rest.lstrip("\n")


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def fit_tags(names: Iterable[str], warnings: list[str]) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for name in dict.fromkeys(islice(names, MAX_NAMES)):
        if not (typed := " ".join(fit_text(name[:MAX_KEY]).split())):
            continue
        if len(tags) == MAX_TAGS:
            warnings.append(f"Only the first {MAX_TAGS} tags were kept.")
            break
        if len(typed) > MAX_TAG_LENGTH:
            warnings.append(f"A tag is longer than {MAX_TAG_LENGTH} characters and was shortened.")
        try:
            tags[clean_tag(shorten(typed, MAX_TAG_LENGTH))] = None
        except InvalidTag:
            warnings.append(f'The tag "{shorten(typed, 80)}" is not valid and was left out.')
    return tuple(tags)


def fit_tag_part(title: str) -> str:
    """Return what a tag can show of this title, and another character: each note would copy all of a long one."""
    return " ".join(title[:MAX_KEY].split())[: MAX_TAG_LENGTH + 1]


def fit_time(time: datetime | None, name: str, warnings: list[str]) -> datetime | None:
    """Return the time in UTC. One outside of 1900 to 2999 is an error of the file."""
    if time is None:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    if not EARLIEST < aware < LATEST:
        warnings.append(f"The time of the {name} is not plausible and was left out.")
        return None
    return aware.astimezone(UTC)


def parse_time(value: str) -> datetime | None:
    """Read ISO 8601, also a date alone; 10 or 13 digits since 1970; 28/09/2021; July 30, 2025 6:22 AM. Else None."""
    if len(value) > MAX_TIME:
        return None
    text = NAME_OF_UTC.sub(" +0000", value.strip())
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return from_epoch(text, 1000 if len(text) == 13 else 1)
    if found := SLASHES.fullmatch(text):
        return from_slashes(int(found[1]), int(found[2]), int(found[3]), found[4])
    try:
        return datetime.fromisoformat(SPACE_BEFORE_OFFSET.sub("", text.replace("/", "-")))
    except ValueError:
        return next(filter(None, (parse_as(text, form) for form in FORMS)), None)


def time_in(text: str, warnings: list[str]) -> datetime | None:
    """Read a time as `parse_time` does. If there is one, but not valid, that is a warning."""
    time = parse_time(text)
    if text.strip() and time is None:
        warnings.append(f'The time "{text.strip()[:40]}" is not valid and was left out.')
    return time


def from_slashes(first: int, second: int, year: int, time: str) -> datetime | None:
    """Of a day and a month, only a number above 12 says which is which."""
    day, month = (first, second) if first > 12 else (second, first)
    return parse_time(f"{year}-{month:02}-{day:02}{time}") if day > 12 or first == second else None


def parse_as(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007  # `fit_time` takes it as UTC
    except ValueError:
        return None


def from_epoch(value: Any, per_second: int) -> datetime | None:  # Any: as above
    """Read a number of seconds (`per_second` 1), milliseconds (1000) or microseconds since 1970; None if it is 0."""
    try:
        number = int(value)
        return (
            datetime.fromtimestamp(number // per_second, UTC).replace(
                microsecond=number % per_second * (1_000_000 // per_second)
            )
            if number
            else None
        )
    except (TypeError, ValueError, OverflowError, OSError):
        return None
