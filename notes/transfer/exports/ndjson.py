"""The lines of `notes.ndjson`: a note, then its earlier texts, oldest first. Nothing is lost that its owner wrote.

Versions, and who changed a note, are left out: they are those of one account on one server.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

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
    sizes = notes.order_by("pk").values_list("pk", OctetLength("content")).iterator(IDS)
    for ids in split(sizes):
        # One statement for all groups: Django takes longer to build it than to run it.
        rows = notes_with(ids=tuple(ids + ids[-1:] * (MAX_ROWS - len(ids))))
        yield from with_revisions(rows, ids)


@compiled
def notes_with(ids: Sequence[Parameter]) -> "QuerySet[Note, Any]":  # Any: columns differ
    return Note.objects.among(ids).order_by("pk").values_list(*NOTE_MEMBERS)


def with_revisions(rows: Iterable[Row], ids: list[UUID]) -> Iterator[tuple[Row, list[bytes]]]:
    remaining = read_revisions(ids)
    following = next(remaining, None)
    for row in rows:
        lines = []
        while following is not None and following[0] == row[0]:
            lines.append(revision_line(following))
            following = next(remaining, None)
        yield row, lines


def read_revisions(ids: list[UUID]) -> Iterator[Row]:
    """Yield the revisions of these notes, of which a MiB is in memory at a time, or one that is larger."""
    in_order = Revision.objects.order_by("note", "version")
    # Not `iterator`: it fetches all rows at once behind a pooler, which has no cursors on the server.
    for batch in split(in_order.filter(note__in=ids).values_list("pk", OctetLength("content"))):
        yield from in_order.filter(pk__in=batch).values_list(*REVISION_MEMBERS)


# The parts of a note's row that a file of Markdown shows.
in_trash = itemgetter(NOTE_MEMBERS.index("trashed_at"))
