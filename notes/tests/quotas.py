"""How much an account keeps: counted by the server, and computed from the texts."""

import pytest

from accounts.models import Clock
from notes.models import Note, Revision
from notes.tests.factories import make_note


def kept(user):
    """Return the bytes of all texts of the account, computed from the texts."""
    texts = [*Note.objects.filter(owner=user), *Revision.objects.filter(note__owner=user)]
    return sum(len("".join([text.title, text.content, *text.tags]).encode()) for text in texts)


def counted(user):
    return Clock.objects.get(user=user).bytes_kept


def make_full(owner):
    """Fill a quota of 100 bytes: a note of 50 with a revision of 30, which is returned, and a note of 20."""
    note = make_note(owner=owner, title="a" * 10, content="b" * 20).change({"content": "c" * 40})
    make_note(owner=owner, title="d" * 20)
    return note


@pytest.fixture
def phone(as_user, alice, settings):
    """Alice can keep 100 bytes."""
    settings.MAX_BYTES_PER_USER = 100
    return as_user(alice)


@pytest.fixture
def full(phone, alice):
    return make_full(alice)
