"""The lines of `notes.ndjson`: a note, then its earlier texts, oldest first. Nothing is lost that its owner wrote.

Versions, and who changed a note, are left out: they are those of one account on one server.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from notes.models import Note, Revision
from notes.models.functions import OctetLength
from notes_api.db.compiled import Parameter, compiled
from notes_api.db.short_transactions import MAX_ROWS, split
from notes_api.rest.json_types import JSONObject
from notes_api.rest.renderers import encode_json

NOTE_MEMBERS = (
    "id",
    "title",
    "content",
    "tags",
    "is_pinned",
    "is_archived",
    "created_at",
    "updated_at",
    "trashed_at",
)
REVISION_MEMBERS = ("note_id", "title", "content", "tags", "written_at", "kept_at")
# Ids that the database returns at once.
IDS = 2000
KIND = "kind"
NOTE, REVISION = "note", "revision"
# The lines of notes begin with this.
NOTE_START = b'{"kind":"note",'

Key = TypeVar("Key")
Row = tuple[Any, ...]  # Any: each column has its own type


def as_json(note: Note) -> bytes:
    """Return the lines of one note, as an export has them."""
    row = tuple(getattr(note, name) for name in NOTE_MEMBERS)
    revisions = note.revisions.order_by("version").values_list(*REVISION_MEMBERS)
    return b"".join([note_line(row), *map(revision_line, revisions)])


def note_line(row: Row) -> bytes:
    return encode_line(NOTE, NOTE_MEMBERS, row)


def revision_line(row: Row) -> bytes:
    return encode_line(REVISION, REVISION_MEMBERS, row)


def encode_line(kind: str, members: tuple[str, ...], row: Row) -> bytes:
    values: JSONObject = {KIND: kind, **dict(zip(members, row, strict=True))}
    return encode_json(values) + b"\n"


def read_lines(owner_id: UUID) -> Iterator[tuple[Row, list[bytes]]]:
    """Yield each note of the account, in the order of the ids, and the lines of its revisions.

    Call it in a snapshot. Groups of a few MiB are in memory at a time, or one note with its revisions.
    """
    notes = Note.objects.owned_by(owner_id)
    # As texts: it takes longer to make the UUIDs than to read them.
    sizes = notes.order_by("pk").values_list(Cast("pk", TextField()), OctetLength("content")).iterator(IDS)
    for ids in split(sizes):
        yield from with_revisions(notes_with(ids=padded(ids)), ids)


@compiled
def notes_with(ids: Sequence[Parameter]) -> "QuerySet[Note, Any]":  # Any: columns differ
    return Note.objects.among(ids).order_by("pk").values_list(*NOTE_MEMBERS)


def with_revisions(rows: Iterable[Row], ids: list[str]) -> Iterator[tuple[Row, list[bytes]]]:
    remaining = read_revisions(ids)
    following = next(remaining, None)
    for row in rows:
        lines = []
        while following is not None and following[0] == row[0]:
            lines.append(revision_line(following))
            following = next(remaining, None)
        yield row, lines


def read_revisions(ids: list[str]) -> Iterator[Row]:
    """Yield the revisions of these notes, of which a MiB is in memory at a time, or one that is larger."""
    batch: list[int]
    for batch in split(revision_sizes(notes=padded(ids))):
        yield from revisions_with(ids=padded(batch))


@compiled
def revision_sizes(notes: Sequence[Parameter]) -> "QuerySet[Revision, Any]":  # Any: as above
    return Revision.objects.of_note_ids(notes).in_order().values_list("pk", OctetLength("content"))


@compiled
def revisions_with(ids: Sequence[Parameter]) -> "QuerySet[Revision, Any]":  # Any: as above
    return Revision.objects.among(ids).in_order().values_list(*REVISION_MEMBERS)


def padded(keys: list[Key]) -> tuple[Key, ...]:
    """Return always as many keys, so that there is one statement: Django takes longer to build it than to run it."""
    return tuple(keys + keys[-1:] * (MAX_ROWS - len(keys)))


# The parts of a note's row that a file of Markdown shows.
in_trash = itemgetter(NOTE_MEMBERS.index("trashed_at"))
