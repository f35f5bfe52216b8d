"""Random requests: every effect takes the next version, and the clock moves for nothing else."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from conftest import PASSWORD
from notes.models import Note, TagCount
from notes.search.tag_marks import tag_marks
from notes.tests.factories import clock_of, rows_of
from notes.tests.random_requests import MINE, REQUESTS, send


def check(client, user, sent):
    """Send a request and compare all rows before it with all rows after it."""
    rows, clock = rows_of(user), clock_of(user)

    response = send(client, sent)

    rows_after, clock_after = rows_of(user), clock_of(user)
    changed = {key for key, row in rows_after.items() if rows.get(key) != row}
    has_effect = rows != rows_after
    assert response.status_code < 500
    assert clock_after == clock + has_effect
    assert {rows_after[key]["version"] for key in changed if key in notes_of(user)} <= {clock_after}
    assert all(row["version"] <= clock_after for row in rows_after.values())
    assert not (has_effect and response.status_code >= 400)
    assert_derived_from_tags(user)


def assert_derived_from_tags(user):
    """Both are written together with the tags, so that filters and the list of tags need not read them."""
    notes = Note.objects.owned_by(user).values_list("tags", "tag_marks", "trashed_at")
    counts = Counter(tag for tags, _, trashed_at in notes if trashed_at is None for tag in tags)
    assert dict(TagCount.objects.of_owner(user.pk).values_list("name", "notes")) == counts
    assert [marks for _, marks, _ in notes] == [tag_marks(tags) for tags, *_ in notes]


def notes_of(user):
    return set(Note.objects.filter(owner=user).values_list("pk", flat=True))


@settings(max_examples=12)
@given(requests=st.lists(REQUESTS, min_size=15, max_size=25))
def test_every_effect_takes_the_next_version_and_nothing_else_moves_the_clock(as_user, requests):
    user = User.objects.create_user("carol@example.com", PASSWORD)
    client = as_user(user)

    for sent in requests:
        check(client, user, sent)

    user.delete()


def test_the_check_detects_a_write_without_a_tick(as_user, alice):
    """The check above proves something only if it fails here."""
    client = as_user(alice)
    client.put(f"/notes/{MINE[0]}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    with pytest.raises(AssertionError):
        check(BypassingClient(client), alice, ("patch", f"/notes/{MINE[0]}", {"title": "Bread"}, {}))


class BypassingClient:
    """Writes to the row without the API."""

    def __init__(self, client):
        self.client = client

    def patch(self, path, body, headers):
        Note.objects.update(**body)
        return self.client.get(path)
