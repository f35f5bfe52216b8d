"""A page of notes that never holds more than 8 MiB of content, or one note, however long the notes are."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.functions import Left

from notes.highlights import WORDS_READ
from notes.models.note import Note, NoteQuerySet
from notes.models.sizes import OctetLength

PAGE_MAX_BYTES = 8 * 1_048_576
# Shorter contents come with the row, so that an ordinary page is one query; 500 of them, the most of a page of any
# list, just fit. The others are fetched by a second query, as many as the page has room for.
SHORT = 16 * 1024


class NoteRow(NamedTuple):
    """A note to be shown, and no more: making a model of each row of a page takes longer than reading it.

    Its `content` is None until `filled`, where it is long; and so are its folded `words`, which only a search reads.
    """

    id: UUID
    owner_id: UUID
    title: str
    content: str
    tags: list[str]
    is_pinned: bool
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime
    trashed_at: datetime | None
    purged_at: datetime | None
    size: int
    rank: int = 0
    words: str = ""


Columns = QuerySet[Note, tuple[Any, ...]]  # Any: columns differ
# Reads at most so many notes.
Stretch = Callable[[int], list[NoteRow]]


def rows_of(found: Iterable[tuple[Any, ...]]) -> list[NoteRow]:  # Any: as above
    return [NoteRow(*row) for row in found]


def as_rows(notes: NoteQuerySet) -> Columns:
    """The columns of a `NoteRow`; content and words only where they are short."""
    short = {"short": where_short("content")}
    columns = ["short" if name == "content" else name for name in NoteRow._fields if name not in ("rank", "words")]
    if "rank" in notes.query.annotations:
        short["words"] = where_short("content_words")
        columns += ["rank", "words"]
    return notes.annotate(size=OctetLength("content"), **short).values_list(*columns)


def where_short(name: str) -> Case:
    return Case(When(size__lte=SHORT, then=name), default=Value(None), output_field=TextField(null=True))


def take(limit: int, *stretches: Stretch) -> tuple[list[NoteRow], bool]:
    """At most `limit` notes of these stretches, one behind the other, at least one if there is any; and whether more
    come after them.
    """
    while True:
        rows = read_on(limit + 1, stretches)
        page = filled(rows[: room(rows[:limit])])
        # Where a long note changed in between, its content would not be that of the version beside it: read again.
        if page is not None:
            return page, len(rows) > len(page)


def read_on(limit: int, stretches: Iterable[Stretch]) -> list[NoteRow]:
    rows: list[NoteRow] = []
    for read in stretches:
        rows += read(limit - len(rows)) if len(rows) < limit else []
    return rows


def room(rows: list[NoteRow]) -> int:
    """How many of the notes fit into a page; the first always does."""
    used = 0
    for position, note in enumerate(rows):
        used += note.size
        if used > PAGE_MAX_BYTES and position:
            return position
    return len(rows)


def filled(page: list[NoteRow]) -> list[NoteRow] | None:
    """The page with the texts of each note; None where that of its version is no longer to be had."""
    long = [note.id for note in page if note.content is None]
    if not long:
        return page
    columns = ["content", Left("content_words", WORDS_READ)] if page[0].rank else ["content"]
    found = Note.objects.filter(pk__in=long).values_list("pk", "version", *columns)
    texts = {(pk, version): dict(zip(("content", "words"), rest, strict=False)) for pk, version, *rest in found}
    if any((note.id, note.version) not in texts for note in page if note.content is None):
        return None
    return [note._replace(**texts[note.id, note.version]) if note.content is None else note for note in page]
