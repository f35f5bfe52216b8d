"""Pages of notes with at most 8 MiB of content and 10 MiB of JSON, or with one note, however long the notes are."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Expression, QuerySet, TextField, Value, When
from django.db.models.functions import Left
from orjson import Fragment

from notes.models import Note
from notes.models.functions import OctetLength
from notes.models.lost_tags import Departure
from notes.models.note_queryset import NoteQuerySet
from notes.search.highlights import WORDS_READ
from notes_api.db.loop_connection import require_thread
from notes_api.rest.json_types import JSON
from notes_api.rest.large_reads import begin_large_read
from notes_api.rest.renderers import encode_json

PAGE_MAX_BYTES = 8 * 1_048_576
# JSON needs six bytes for a control character, so content of 8 MiB could become 48 MiB.
PAGE_MAX_JSON_BYTES = 10 * 1_048_576
# Shorter contents are read with their rows, so that an ordinary page takes one query. The longest page, of 500 notes,
# has room for this many bytes of each. A second query reads the longer contents that fit the page.
SHORT = 16 * 1024
# The most notes of a page that is read on the event loop: it takes a few milliseconds at most.
LOOP_LIMIT = 50
# Pages of more bytes, or of more notes, are built by few threads at the same time.
LARGE, LARGE_LIMIT = 2 * 1_048_576, 100
# Their contents are read, and become JSON, in groups of at most this many bytes or of one note: Python stores a text
# with one emoji in four bytes per character.
GROUP_MAX_BYTES = 1_048_576


class NoteRow(NamedTuple):
    """The columns of a note that lists show. Making a model of each row takes longer than reading the page.

    A long `content` is None until `load_long_texts`. So are its folded `words`, which only searches read. A text that
    the response does not need is not read: it is None or empty.
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
    changed_by: str | None
    size: int
    rank: int = 0
    words: str = ""
    # In the feed of a limited credential: when the note left what it knows.
    departure: Departure | None = None


# The columns that may be long. A list reads only those that its response needs. The others take a few bytes, and
# reading them always keeps the number of different statements small.
TEXTS = frozenset({"title", "content", "tags", "changed_by", "words"})

NoteTuples = QuerySet[Note, tuple[Any, ...]]  # Any: columns differ
# Reads at most this many notes of one part of a list.
Segment = Callable[[int], list[NoteRow]]
# Returns a note as JSON.
Renderer = Callable[[NoteRow], JSON]


def parse_rows(rows: Iterable[tuple[Any, ...]]) -> list[NoteRow]:  # Any: as above
    return [NoteRow(*row) for row in rows]


def needed_texts(fields: Collection[str] | None, *others: str) -> frozenset[str]:
    """Return the texts that these members of a response need, and the `others` that the server needs itself."""
    if fields is None or "match" in fields:
        return TEXTS
    return TEXTS.intersection(fields).union(TEXTS.intersection(others))


def select_columns(notes: NoteQuerySet, texts: frozenset[str] = TEXTS, *others: str) -> NoteTuples:
    """Select the columns of a `NoteRow`: of the texts only these, and content and words only if they are short.

    The `others` follow them.
    """
    annotations: dict[str, Expression] = {"size": OctetLength("content") if "content" in texts else Value(0)}
    columns: list[str] = []
    for name in NoteRow._fields[: NoteRow._fields.index("rank")]:
        column = name
        if name in TEXTS and name not in texts:
            column, annotations[f"no_{name}"] = f"no_{name}", Value(None, output_field=TextField(null=True))
        elif name == "content":
            column, annotations["short"] = "short", if_short("content")
        columns.append(column)
    if "rank" in notes.query.annotations:
        columns.append("rank")
        if "words" in texts:
            annotations["words"] = if_short("content_words")
            columns.append("words")
    return notes.annotate(**annotations).values_list(*columns, *others)


def if_short(name: str) -> Case:
    return Case(When(size__lte=SHORT, then=name), default=Value(None), output_field=TextField(null=True))


class Page(NamedTuple):
    """The notes of a page as JSON, and the rows they come from."""

    results: list[JSON]
    rows: list[NoteRow]
    has_more: bool


def fetch_page(limit: int, segments: Iterable[Segment], render: Renderer) -> Page:
    """Read at most `limit` notes from these segments in order, at least one if there is one."""
    if limit > LOOP_LIMIT:
        require_thread()
    if limit > LARGE_LIMIT:
        begin_large_read()
    segments = list(segments)
    while True:
        rows = read_segments(limit + 1, segments)
        results = render_rows(rows[: count_fitting(rows[:limit])], render)
        # If a long note was changed between the two queries, its content belongs to another version: read again.
        if results is not None:
            return Page(results, rows[: len(results)], len(rows) > len(results))


def read_segments(limit: int, segments: Iterable[Segment]) -> list[NoteRow]:
    rows: list[NoteRow] = []
    for read in segments:
        rows += read(limit - len(rows)) if len(rows) < limit else []
    return rows


def count_fitting(rows: list[NoteRow]) -> int:
    """Return how many of the notes fit a page. The first always does."""
    used = 0
    for position, note in enumerate(rows):
        used += note.size
        if used > PAGE_MAX_BYTES and position:
            return position
    return len(rows)


def render_rows(rows: list[NoteRow], render: Renderer) -> list[JSON] | None:
    """Return the notes as JSON, or only the first ones if the JSON is too long.

    Returns None if a note no longer has the version that its row has.
    """
    if sum(note.size for note in rows) <= LARGE:
        notes = load_long_texts(rows)
        return None if notes is None else list(map(render, notes))
    begin_large_read()
    results: list[JSON] = []
    room = PAGE_MAX_JSON_BYTES
    for group in split_by_size(rows):
        encoded = encode_notes(group, render)
        if encoded is None:
            return None
        for note in encoded:
            room -= len(note)
            if room < 0 and results:
                return results
            results.append(Fragment(note))
    return results


def split_by_size(rows: Iterable[NoteRow]) -> Iterator[list[NoteRow]]:
    """Split the rows into groups with at most GROUP_MAX_BYTES of content, or of one note."""
    group: list[NoteRow] = []
    size = 0
    for note in rows:
        size += note.size
        if size > GROUP_MAX_BYTES and group:
            yield group
            group, size = [], note.size
        group.append(note)
    if group:
        yield group


def encode_notes(rows: list[NoteRow], render: Renderer) -> list[bytes] | None:
    """Return the JSON of each note. Its text need not stay in memory until the whole page is JSON."""
    notes = load_long_texts(rows)
    return None if notes is None else [encode_json(render(note)) for note in notes]


def load_long_texts(rows: list[NoteRow]) -> list[NoteRow] | None:
    """Return the rows with all texts; None if a note no longer has the version that its row has."""
    # The size is 0 if nobody needs the content.
    long = [note for note in rows if note.size > SHORT]
    if not long:
        return rows
    columns = ["content", Left("content_words", WORDS_READ)] if long[0].words is None else ["content"]
    found = Note.objects.filter(pk__in=[note.id for note in long]).values_list("pk", "version", *columns)
    texts = {(pk, version): dict(zip(("content", "words"), rest, strict=False)) for pk, version, *rest in found}
    if any((note.id, note.version) not in texts for note in long):
        return None
    return [note._replace(**texts[note.id, note.version]) if note.size > SHORT else note for note in rows]
