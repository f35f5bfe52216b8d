"""Notes for the tests, and what there is of them."""

from django.utils import timezone

from accounts.models import Clock
from notes.models import Note, Revision


def make_note(owner, title="Milk", **values):
    return Note.objects.write(owner, title=title, **values)


def make_trashed(owner, title="Milk", **values):
    return make_note(owner, title, **values).trash()


def clock_of(user):
    return Clock.objects.get(user=user).value


def rows_of(user):
    """Everything an account keeps: its notes by id, and its revisions by note and version."""
    notes = {row["id"]: row for row in Note.objects.filter(owner=user).values()}
    revisions = {(row["note_id"], row["version"]): row for row in Revision.objects.filter(note__owner=user).values()}
    return {**notes, **revisions}


def copies(owner, count, content="{number}", **values):
    """So many notes that tie in every order, not saved yet."""
    moment = timezone.now()
    values = {"title": "Milk", "version": 1, "created_at": moment, "updated_at": moment, **values}
    return [Note(owner=owner, content=content.format(number=number), **values) for number in range(count)]
