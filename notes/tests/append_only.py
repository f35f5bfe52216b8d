"""Alice's notes, a token that can only append to them, and whether a response tells it nothing."""

import pytest

from notes.tests.factories import make_note, make_trashed

MINE = "0198c2de-5a3b-7c41-9d20-6b1f4e8a7c35"
SECRETS = ("Milk", "two litres", "shopping", "pinned", "archived", "owner", "created", "updated", "trashed", "deleted")
BODY = {"title": "Bread", "content": "rye\n"}


def tells_nothing(response):
    """Return whether body and headers hold nothing of Alice's note except its id and version."""
    text = response.content.decode() + repr(dict(response.headers))
    return [secret for secret in SECRETS if secret in text] == []


@pytest.fixture
def form(by_token, alice):
    """A form on a website, through which visitors add to Alice's notes."""
    return by_token(alice, "notes:append")


@pytest.fixture
def note(alice):
    """Version 1."""
    return make_note(owner=alice, title="Milk", content="two litres\n", tags=["shopping"], is_pinned=True)


@pytest.fixture
def trashed(alice, note):
    """Version 3."""
    return make_trashed(owner=alice, title="Milk", content="two litres\n")


@pytest.fixture
def purged(alice, trashed):
    """Version 4."""
    trashed.purge()
    return trashed
