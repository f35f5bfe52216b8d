"""Notes in the trash of Alice."""

import pytest

from conftest import START
from notes.models import Note
from notes.tests.factories import make_trashed

LATER = "2026-01-07T08:00:00Z"


def state_of(note):
    return Note.objects.filter(pk=note.pk).values().get()


@pytest.fixture
def note(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres\n")


@pytest.fixture
def three(alice, time_machine):
    """Milk, Bread and Jam, trashed an hour apart."""
    time_machine.move_to(START, tick=False)
    make_trashed(owner=alice, title="Milk")
    time_machine.shift(3600)
    make_trashed(owner=alice, title="Bread")
    time_machine.shift(3600)
    make_trashed(owner=alice, title="Jam")
