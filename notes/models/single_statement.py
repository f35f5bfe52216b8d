"""A write as one statement of PostgreSQL, for the usual case: nothing in the account has changed since it was read.

The statement advances the account's clock only if it still has the value that it had when the note, or for a new note
the account, was read. Then everything that was decided from what was read still holds. Otherwise it changes nothing
and returns no row, and the caller writes in a transaction, under the lock of the clock.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeGuard

from django.conf import settings
from django.db import connection

from accounts.models.announcements import announce_after_commit
from accounts.models.clock import TICK_UNLESS_CHANGED, has_open_tick
from notes.models.note_columns import NoteColumns
from notes.models.revision import COPIED, certain_room
from notes.models.tag_count import ADD_COUNTS, encode_pairs, tag_difference
from notes_api.db.compiled import column, run_statement
from notes_api.db.row_writer import database_values, quote

# A note with more revisions may have to delete some: this is left to the transaction.
HAS_FEW_REVISIONS = " AND (SELECT count(*) FROM notes_revision WHERE note_id = %s) < %s"
# Stores the present text of the note as a revision.
KEEP_TEXT = (
    f"kept AS (INSERT INTO notes_revision ({', '.join(COPIED)}, kept_at)"  # noqa: S608  # no input
    f" SELECT {', '.join(COPIED.values())}, %s FROM notes_note, ticked WHERE id = %s)"
)


def is_possible(as_of: int | None) -> TypeGuard[int]:
    """Whether the clock's value is known, the write is not part of a larger transaction, and nobody counts a quota."""
    is_usual = not settings.MAX_BYTES_PER_USER and not has_open_tick()
    return as_of is not None and is_usual and connection.vendor == "postgresql"


def insert(note: NoteColumns, as_of: int) -> bool:
    """Insert the note with its version, if the account's clock still has the value `as_of`; return whether it did."""
    pairs = encode_pairs(tag_difference([], note.tags))
    fields = [field for field in note._meta.concrete_fields if field.name != "version"]
    sql = insert_sql(type(note), tuple(field.name for field in fields), counts_tags=bool(pairs))
    values = database_values(fields, [getattr(note, field.attname) for field in fields])
    return execute(note, sql, [note.owner_id, as_of, *pairs, *values])


def update(note: NoteColumns, values: Mapping[str, Any], as_of: int) -> bool:  # Any: each field has its own type
    """Write these columns and the version, if the account's clock still has the value `as_of`.

    Returns whether it did. If `revised_at` is among them, the earlier text becomes a revision.
    """
    pairs = encode_pairs(tag_difference(note.tags, values.get("tags", note.tags)))
    keeps_text = "revised_at" in values
    sql = update_sql(type(note), tuple(values), keeps_text=keeps_text, counts_tags=bool(pairs))
    written = database_values([column(type(note), name) for name in values], values.values())
    kept = [note.pk, certain_room(), values["revised_at"], note.pk] if keeps_text else []
    return execute(note, sql, [note.owner_id, as_of, *kept, *pairs, *written, note.pk])


def execute(note: NoteColumns, sql: str, values: Sequence[Any]) -> bool:  # Any: as above
    """Run the statement, set the note's version and announce it. Return False if the statement changed nothing."""
    rows = run_statement(sql, values)
    if not rows:
        return False
    note.version = rows[0][0]
    announce_after_commit(note.owner_id, note.version)
    return True


@lru_cache(maxsize=64)
def insert_sql(model: type[NoteColumns], names: tuple[str, ...], *, counts_tags: bool) -> str:
    columns = ", ".join(quote(column(model, name).column) for name in names)
    parts = [f"ticked AS ({TICK_UNLESS_CHANGED} RETURNING user_id, value)", *([ADD_COUNTS] if counts_tags else [])]
    return (
        f"WITH {', '.join(parts)} INSERT INTO notes_note ({columns}, version)"  # noqa: S608  # no input
        f" SELECT {', '.join(['%s'] * len(names))}, value FROM ticked RETURNING version"
    )


@lru_cache(maxsize=64)
def update_sql(model: type[NoteColumns], names: tuple[str, ...], *, keeps_text: bool, counts_tags: bool) -> str:
    tick = TICK_UNLESS_CHANGED + (HAS_FEW_REVISIONS if keeps_text else "")
    parts = [
        f"ticked AS ({tick} RETURNING user_id, value)",
        *([KEEP_TEXT] if keeps_text else []),
        *([ADD_COUNTS] if counts_tags else []),
    ]
    assignments = ", ".join(f"{quote(column(model, name).column)} = %s" for name in names)
    return (
        f"WITH {', '.join(parts)} UPDATE notes_note SET {assignments}, version = value"  # noqa: S608  # no input
        " FROM ticked WHERE id = %s RETURNING version"
    )
