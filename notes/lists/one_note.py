"""Reads a part of one note."""

from collections.abc import Collection
from uuid import UUID

from notes.lists.page import NoteRow, NoteTuples, load_long_texts, needed_texts, parse_rows, select_columns
from notes.models import Note
from notes.models.note_queryset import StateFilter
from notes.models.visibility import Limit, Visibility
from notes_api.db.compiled import Parameter, compiled


def fetch_part(state: StateFilter, visibility: Visibility, note_id: UUID, fields: Collection[str]) -> NoteRow:
    """Return the visible note with the texts among these fields; raises `Note.DoesNotExist`."""
    # The tags of a limited credential are compared with those of the note: see `IsOwner`.
    texts = needed_texts(fields, "tags") if visibility.tags else needed_texts(fields)
    while True:
        rows = parse_rows(read_part(state, texts, **visibility.values, pk=note_id))
        if not rows:
            raise Note.DoesNotExist
        # None: a long note was changed between the two queries.
        if found := load_long_texts(rows):
            return found[0]


@compiled
def read_part(
    state: StateFilter, texts: frozenset[str], owner: Parameter, pk: Parameter, limit: Limit = ()
) -> NoteTuples:
    return select_columns(state(Note.objects.visible_to(owner, limit)).filter(pk=pk), texts)
