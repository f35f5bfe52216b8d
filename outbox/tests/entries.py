"""Entries for tests."""

from outbox.models import Entry


def make_entry(kind="test", payload=None, user=None, **columns):
    """An entry that is due, with these columns."""
    entry = Entry.objects.add(kind, payload or {}, user and user.pk)
    Entry.objects.filter(pk=entry.pk).update(**columns)
    entry.refresh_from_db()
    return entry
