"""Notes for the tests, and what an account holds."""

from django.utils import timezone

from accounts.models import Clock
from notes.models import Note, Revision
from notes.search.search_columns import add_search_columns


def make_note(owner, title="Milk", **values):
    return Note.objects.create_note(owner, title=title, **values)


def make_trashed(owner, title="Milk", **values):
    return make_note(owner, title, **values).trash()


def clock_of(user):
    return Clock.objects.get(user=user).value


def rows_of(user):
    """Return all rows of an account: its notes by id, and its revisions by note and version."""
    notes = {row["id"]: row for row in Note.objects.filter(owner=user).values()}
    revisions = {(row["note_id"], row["version"]): row for row in Revision.objects.filter(note__owner=user).values()}
    return {**notes, **revisions}


def copies(owner, count, content="{number}", **values):
    """Return `count` unsaved notes that tie in every order."""
    moment = timezone.now()
    values = {"title": "Milk", "version": 1, "tags": [], "created_at": moment, "updated_at": moment, **values}
    return [
        Note(owner=owner, **add_search_columns({**values, "content": content.format(number=n)})) for n in range(count)
    ]
