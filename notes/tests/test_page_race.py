"""Long texts of a page are read by a second query, and notes may change before it."""

from notes.models import Note
from notes.models.page import as_rows, rows_of, take
from notes.tests.making import make_note

LONG = 20_000


def test_a_long_note_that_changes_while_a_page_is_read_has_the_text_of_its_version(alice):
    note = make_note(owner=alice, content="a" * LONG)

    def read_and_change(limit):
        rows = rows_of(as_rows(Note.objects.owned_by(alice))[:limit])
        if rows[0].version == note.version:
            note.change({"content": "b" * LONG})
        return rows

    [row], has_more = take(1, read_and_change)

    assert (row.version, row.content[0], has_more) == (note.version + 1, "b", False)
