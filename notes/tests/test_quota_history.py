"""MAX_BYTES_PER_USER: a full account gives up its oldest revisions first, and the count stays exact."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import User
from conftest import PASSWORD
from notes.models import Revision
from notes.models.revision import MAX_REVISIONS
from notes.tests.factories import make_note
from notes.tests.quotas import counted, full, kept, phone
from notes.tests.random_requests import REQUESTS, send

__all__ = ["full", "phone"]


def test_a_full_account_removes_old_revisions_to_keep_the_newest(phone, full, alice):
    phone.patch(f"/notes/{full.pk}", {"content": "short"})

    assert [revision.content for revision in Revision.objects.all()] == ["c" * 40]
    assert counted(alice) == kept(alice) == 100 - 30 - 50 + 15 + 50


def test_the_text_just_replaced_is_kept_even_over_the_quota(phone, full, alice, settings):
    settings.MAX_BYTES_PER_USER = 1

    phone.patch(f"/notes/{full.pk}", {"content": ""})

    assert [revision.content for revision in Revision.objects.all()] == ["c" * 40]
    assert counted(alice) == kept(alice)


def test_a_lowered_quota_removes_no_more_revisions_than_are_added(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 1000
    note = make_note(owner=alice, title="a", content="0" * 20)
    for number in range(1, 4):
        note = note.change({"content": str(number) * 20}, is_worth_keeping=True)
    settings.MAX_BYTES_PER_USER = 1

    phone.patch(f"/notes/{note.pk}", {"content": "4" * 20})

    assert sorted(revision.content[0] for revision in Revision.objects.all()) == ["1", "2", "3"]
    assert counted(alice) == kept(alice) == 4 * 21


def test_an_account_far_over_its_quota_does_not_grow(phone, as_user, full, alice, settings):
    """Texts are replaced by others of the same length, by one credential after another."""
    settings.MAX_BYTES_PER_USER = 1
    laptop = as_user(alice).session_row
    for letter in "efghijklmn":
        phone.patch(f"/notes/{full.pk}", {"content": letter * 40}, headers={"Idempotency-Key": letter})
        full.refresh_from_db()
        full.change({"content": letter.upper() * 40}, by=laptop)

    assert counted(alice) == kept(alice) <= 100 + 50


def test_the_101st_revision_frees_the_bytes_of_the_oldest(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 10_000
    note = make_note(owner=alice, title="a", content="b" * 50)
    for number in range(MAX_REVISIONS + 3):
        note = note.change({"content": f"{number:03}"}, by=None, is_worth_keeping=True)

    assert Revision.objects.count() == MAX_REVISIONS
    assert counted(alice) == kept(alice) == (MAX_REVISIONS + 1) * 4


@examples(max_examples=12)
@given(requests=st.lists(REQUESTS, min_size=15, max_size=25))
def test_the_count_is_exact_after_random_requests(as_user, settings, requests):
    settings.MAX_BYTES_PER_USER = 200
    user = User.objects.create_user("carol@example.com", PASSWORD)
    client = as_user(user)

    for sent in requests:
        assert send(client, sent).status_code in (*range(500), 507)
        assert counted(user) in (None, kept(user))

    user.delete()


@pytest.mark.django_db(transaction=True)
def test_concurrent_writes_never_exceed_the_quota(as_user, alice, settings):
    settings.MAX_BYTES_PER_USER = 1000
    clients = [as_user(alice) for _ in range(20)]
    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(write_100_bytes, clients))

    assert sorted(statuses) == [201] * 10 + [507] * 10
    assert counted(alice) == kept(alice) == 1000


def write_100_bytes(client):
    try:
        return client.post("/notes", {"title": "Milk", "content": "x" * 96}).status_code
    finally:
        connection.close()
