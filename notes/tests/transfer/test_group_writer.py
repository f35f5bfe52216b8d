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
