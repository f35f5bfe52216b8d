"""Reads the feed of changes."""

from typing import Any

from django.db.models import Case, IntegerField, Value, When

from notes.lists.page import NoteRow, NoteTuples, Segment, parse_rows, select_columns
from notes.lists.sync_cursor import SyncCursor
from notes.models import Note
from notes.models.lost_tags import departure_of
from notes.models.visibility import Limit, Visibility, has_any, marks_of
from notes_api.db.compiled import Parameter, compiled


def changes_after(cursor: SyncCursor, visibility: Visibility, texts: frozenset[str]) -> Segment:
    """Return the changes after this position of the notes that are visible, and of those that no longer are."""
    values: dict[str, Any] = {"version": cursor.version}  # Any: each parameter has its own type
    values |= {} if cursor.note_id is None else {"note_id": cursor.note_id}
    if not visibility.tags:
        return lambda count: parse_rows(changed_notes(count, texts, **visibility.values, **values))
    values |= {**visibility.values, "since": cursor.began_at}
    limit = marks_of(visibility.tags)
    return lambda count: [parse_limited(row, limit) for row in limited_changes(count, texts, **values)]


def has_changes(visibility: Visibility, since: int) -> bool:
    """Whether a visible note has changed since this version, or a note has left."""
    notes = Note.objects.in_feed_of(**visibility.values, since=since)
    return notes.changed_after(since, None).exists()


@compiled
def changed_notes(
    count: int, texts: frozenset[str], owner: Parameter, version: Parameter, note_id: Parameter | None = None
) -> NoteTuples:
    notes = Note.objects.in_feed_of(owner).changed_after(version, note_id).in_order_of_change()
    return select_columns(notes, texts)[:count]


@compiled
def limited_changes(
    count: int,
    texts: frozenset[str],
    owner: Parameter,
    limit: Limit,
    since: Parameter,
    version: Parameter,
    note_id: Parameter | None = None,
) -> NoteTuples:
    notes = Note.objects.in_feed_of(owner, limit, since).changed_after(version, note_id).in_order_of_change()
    is_visible = Case(When(has_any(limit), then=Value(1)), default=Value(0), output_field=IntegerField())
    return select_columns(notes.annotate(is_visible=is_visible), texts, "lost_tags", "is_visible")[:count]


def parse_limited(row: tuple[Any, ...], limit: tuple[str, ...]) -> NoteRow:  # Any: columns differ
    """Return the row of a change. Of a note that left, it says only when."""
    *columns, lost, is_visible = row
    note = NoteRow(*columns)
    return note if is_visible else note._replace(size=0, departure=departure_of(lost, limit))
