"""GET /notes?tag=: one pass over the marks of a note decides, however many tags are required."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from notes.models import Note, TagCount
from notes.search.tag_marks import MARK_LENGTH, mark_of, pattern_for_all, tag_marks
from notes.tests.factories import make_note, make_trashed
from notes.tests.lists import titles

TAGS = [f"t{number}" for number in range(49)]
ALL_TAGS = "/notes?" + "&".join(f"tag={tag}" for tag in TAGS)
NAMES = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=50)


@given(tags=NAMES, required=NAMES)
def test_a_pattern_finds_its_marks_in_order_exactly_if_no_tag_is_missing(tags, required):
    marks, position = tag_marks(tags), 0
    for mark in filter(None, pattern_for_all(required).split("%")):
        position = marks.find(mark, position) + MARK_LENGTH if mark in marks[position:] else len(marks) + 1

    assert (position <= len(marks)) == (set(required) <= set(tags))


def test_a_mark_has_no_character_that_is_special_to_the_database():
    assert all(mark_of(tag).isalnum() and mark_of(tag).islower() for tag in TAGS)


@pytest.fixture
def phone(as_user, alice):
    make_note(alice, "all", tags=[*reversed(TAGS), "more"])
    make_note(alice, "most", tags=TAGS[1:])
    make_note(alice, "none")
    return as_user(alice)


@pytest.mark.parametrize("has_marks", [True, False])
def test_a_filter_by_tags_finds_the_notes_with_all_of_them(phone, has_marks):
    if not has_marks:
        Note.objects.update(tag_marks=None)

    assert titles(phone.get(ALL_TAGS)) == ["all"]
    assert titles(phone.get(f"{ALL_TAGS}&tag=more&count=true")) == ["all"]
    assert titles(phone.get(f"{ALL_TAGS}&tag=other")) == []
    assert titles(phone.get("/notes?tag=t48&tag=t1")) == ["most", "all"]


def test_the_tags_of_a_note_with_marks_are_not_read(phone):
    Note.objects.filter(title="most").update(tags=TAGS)

    assert titles(phone.get(ALL_TAGS)) == ["all"]


def test_the_migrations_fill_marks_and_counts(phone, alice):
    make_trashed(alice, tags=["t1"])
    before = [sorted(Note.objects.values_list("pk", "tag_marks")), counts_of(alice)]
    Note.objects.update(tag_marks=None)
    TagCount.objects.all().delete()

    editor = connection.SchemaEditorClass(connection)
    import_module("notes.migrations.0008_fill_tag_marks").fill(apps, editor)
    import_module("notes.migrations.0009_tag_counts").count(apps, editor)

    assert [sorted(Note.objects.values_list("pk", "tag_marks")), counts_of(alice)] == before
    assert before[1]["t1"] == 2


def test_a_recount_replaces_wrong_counts(phone, alice):
    before = counts_of(alice)
    TagCount.objects.filter(name="t1").update(notes=7)

    TagCount.objects.recount(alice.pk, Note.objects.owned_by(alice).active())

    assert counts_of(alice) == before


def counts_of(user):
    return dict(TagCount.objects.of_owner(user.pk).values_list("name", "notes"))
