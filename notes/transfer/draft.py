"""What an importer yields: notes as their file describes them, and what could not be read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a note. The text has `![name](attachment:sha256)` in its place."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class EarlierText:
    """What a note said before, until `kept_at`. Only our own format has these."""

    title: str
    content: str
    tags: tuple[str, ...]
    written_at: datetime
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """One note of an input, already within the limits of the API: see `notes.transfer.drafting.make_draft`.

    `source` says where in the input the note is, for the report. `key` identifies the note in the input: its id in the
    other program, or its path; empty where there is neither. Times without an offset were taken as UTC.
    If a program does not record when a note was deleted, `trashed_at` is the time of the last change. `warnings` are
    sentences about what was changed to fit. `revisions` are its earlier texts, the oldest first.
    """

    source: str
    title: str
    content: str
    key: str = ""
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_pinned: bool = False
    is_archived: bool = False
    trashed_at: datetime | None = None
    id: UUID | None = None
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()
    revisions: tuple[EarlierText, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Something in the input that is not imported. `code` is stable, `message` is a sentence for the user.

    An empty `source` means that reading ended there: what follows in the input, if anything, was not read.
    """

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Options:
    """`hashtags`: in Markdown and plain text, `#words` in the text are tags as well."""

    hashtags: bool = False
