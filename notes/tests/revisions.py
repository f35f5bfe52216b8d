"""A note written on Alice's phone, and its revisions."""

import pytest

from conftest import START
from notes.models import Note, Revision
from notes.tests.factories import make_note


def kept(note):
    """Return the contents of the revisions, newest first."""
    return list(Revision.objects.filter(note=note).order_by("-version").values_list("content", flat=True))


def write(client, note, content):
    response = client.patch(f"/notes/{note.pk}", {"content": content})
    assert response.status_code == 200
    return response


def write_often(client, note, count):
    """Write `count` texts, each at least 5 minutes after the last revision."""
    for number in range(count):
        Note.objects.filter(pk=note.pk).update(revised_at=None)
        write(client, note, f"text {number}")


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


@pytest.fixture
def note(alice, phone):
    """Written on her phone."""
    return make_note(owner=alice, title="Milk", content="one", by=phone.session_row)
