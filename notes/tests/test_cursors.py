"""The cursors of lists: signed, and good for just the list they are of."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from notes.tests.lists import refused, walk
from notes.tests.making import make_note

START = "2026-01-05T09:00:00Z"


def cursor_of(response):
    return parse_qs(urlsplit(response.json()["next"]).query)["cursor"][0]


@pytest.fixture
def three(alice):
    """Milk, Bread and Jam."""
    return [make_note(owner=alice, title=title) for title in ("Milk", "Bread", "Jam")]


def test_the_next_page_keeps_filter_and_order(as_user, alice):
    make_note(owner=alice, title="Milk", is_pinned=True)
    make_note(owner=alice, title="Bread")
    make_note(owner=alice, title="Jam", is_pinned=True)

    assert walk(as_user(alice), "/notes?is_pinned=true&ordering=title&limit=1") == ["Jam", "Milk"]


@pytest.mark.parametrize(
    "other",
    [
        "ordering=-title",
        "ordering=created_at",
        "ordering=title&is_pinned=false",
        "ordering=title&is_archived=any",
        "is_archived=false",
    ],
)
def test_a_cursor_is_good_for_its_own_order_and_filter_only(as_user, alice, three, other):
    client = as_user(alice)
    cursor = cursor_of(client.get("/notes?limit=1&ordering=title"))

    assert client.get(f"/notes?ordering=title&cursor={cursor}").status_code == 200
    assert refused(client.get(f"/notes?{other}&cursor={cursor}")) == ["cursor"]


def test_a_cursor_of_another_account_is_refused(as_user, alice, bob, three):
    address = as_user(alice).get("/notes?limit=1").json()["next"]

    assert refused(as_user(bob).get(address)) == ["cursor"]


def test_a_cursor_of_another_list_is_refused(as_user, alice, three):
    milk, bread, _ = three
    client = as_user(alice)
    client.patch(f"/notes/{milk.pk}", {"content": "two litres"})
    as_user(alice).patch(f"/notes/{milk.pk}", {"content": "three litres"})
    address = client.get(f"/notes/{milk.pk}/revisions?limit=1").json()["next"]

    assert refused(client.get(address.replace(str(milk.pk), str(bread.pk)))) == ["cursor"]


@pytest.mark.parametrize("position", [0, 5, 20, -30, -1])
def test_an_altered_cursor_is_refused(as_user, alice, three, position):
    client = as_user(alice)
    cursor = cursor_of(client.get("/notes?limit=1"))
    altered = list(cursor)
    altered[position] = "x" if altered[position] != "x" else "y"

    assert refused(client.get(f"/notes?limit=1&cursor={''.join(altered)}")) == ["cursor"]


@pytest.mark.parametrize("cursor", ["", "x", "a:b", "a.b.c", "%00", "é", ":", "a" * 5000])
def test_what_is_no_cursor_is_refused(as_user, alice, cursor):
    assert refused(as_user(alice).get(f"/notes?cursor={cursor}")) == ["cursor"]


def test_a_cursor_signed_for_another_purpose_is_refused(as_user, alice):
    forged = signing.Signer(salt="another").sign_object(["", START, "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"])

    assert refused(as_user(alice).get(f"/notes?cursor={forged}")) == ["cursor"]
