"""Writes by others between the comparison of a group and its transaction."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notes.models import Note
from notes.tests.factories import make_note
from notes.transfer.draft import Draft
from notes.transfer.ids import NoteIds
from notes.transfer.imports.group import Group
from notes.transfer.imports.group_writer import Author, write_group

ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans and runs each row at once")


@pytest.fixture
def group(alice):
    """A note that was compared, and is not written yet."""
    group = Group(NoteIds(alice.pk))
    group.add(Draft(source="a.md", title="Milk", content="two bottles"))
    group.compare()
    return group


@transaction.atomic
def write(group):
    write_group(group, Author())
    return [(planned.status, planned.reason) for planned in group.notes]


def test_what_was_compared_is_not_compared_again_if_nobody_has_written_since(group, alice):
    with CaptureQueriesContext(connection) as queries:
        assert write(group) == [("created", "")]

    assert [query["sql"] for query in queries if query["sql"].startswith("SELECT")] == []
    assert Note.objects.owned_by(alice).get().title == "Milk"


def test_a_note_that_its_owner_writes_meanwhile_is_left_as_it_is(group, alice):
    make_note(owner=alice, id=group.notes[0].id, title="Milk", content="three bottles")

    assert write(group) == [("skipped", "changed_since")]
    assert Note.objects.owned_by(alice).get().content == "three bottles"


@ON_POSTGRESQL
def test_the_comparison_is_planned_for_the_table_as_it_is(group):
    with connection.cursor() as cursor:
        # The connection may have statements of other tests, but only the comparison has these parts.
        parts = '%"purged_at"%octet_length%"id" IN (%'
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE %s", [parts])

        assert cursor.fetchall() == []


@ON_POSTGRESQL
def test_the_notes_of_a_group_are_inserted_by_one_statement(group, alice):
    group.add(Draft(source="b.md", title="Bread", content="brown", tags=("home",), is_pinned=True))
    group.compare()

    with CaptureQueriesContext(connection) as queries:
        assert write(group) == [("created", ""), ("created", "")]

    # Django logs "2 times: INSERT" for a statement that runs for each row.
    [insert] = [query["sql"] for query in queries if 'INSERT INTO "notes_note"' in query["sql"]]
    assert insert.startswith("INSERT")
    found = Note.objects.owned_by(alice).order_by("title").values_list("title", "content", "tags", "is_pinned")
    assert list(found) == [("Bread", "brown", ["home"], True), ("Milk", "two bottles", [], False)]
