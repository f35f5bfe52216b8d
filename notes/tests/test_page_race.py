"""A second query reads the long texts of a page, and notes may change before it."""

from notes.lists.page import fetch_page, parse_rows, select_columns
from notes.models import Note
from notes.tests.factories import make_note

LONG = 20_000


def test_a_long_note_that_changes_while_a_page_is_read_has_the_text_of_its_version(alice):
    note = make_note(owner=alice, content="a" * LONG)

    def read_and_change(limit):
        rows = parse_rows(select_columns(Note.objects.owned_by(alice))[:limit])
        if rows[0].version == note.version:
            note.change({"content": "b" * LONG})
        return rows

    [(version, content)], _, has_more = fetch_page(1, [read_and_change], lambda row: (row.version, row.content))

    assert (version, content[0], has_more) == (note.version + 1, "b", False)
