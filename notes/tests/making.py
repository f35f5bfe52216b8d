"""Notes for the tests."""

from notes.models import Note


def make_note(owner, title="Milk", **values):
    return Note.objects.write(owner, title=title, **values)
