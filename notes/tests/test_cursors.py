"""The cursors of lists: signed, and valid only for the list they belong to."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from conftest import NOWHERE, START
from notes.tests.factories import make_note
from notes.tests.lists import walk
from notes_api.tests.responses import invalid_fields


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


def test_a_cursor_is_valid_only_with_the_order_and_filters_it_was_made_for(as_user, alice, three):
    client = as_user(alice)
    cursor = cursor_of(client.get("/notes?limit=1&ordering=title"))
    others = ["ordering=-title", "ordering=created_at", "ordering=title&is_pinned=false",
              "ordering=title&is_archived=any", "is_archived=false"]  # fmt: skip

    assert client.get(f"/notes?ordering=title&cursor={cursor}").status_code == 200
    assert [invalid_fields(client.get(f"/notes?{other}&cursor={cursor}")) for other in others] == [["cursor"]] * 5


def test_a_cursor_of_another_account_is_rejected(as_user, alice, bob, three):
    address = as_user(alice).get("/notes?limit=1").json()["next"]

    assert invalid_fields(as_user(bob).get(address)) == ["cursor"]


def test_a_cursor_of_another_list_is_rejected(as_user, alice, three):
    milk, bread, _ = three
    client = as_user(alice)
    client.patch(f"/notes/{milk.pk}", {"content": "two litres"})
    as_user(alice).patch(f"/notes/{milk.pk}", {"content": "three litres"})
    address = client.get(f"/notes/{milk.pk}/revisions?limit=1").json()["next"]

    assert invalid_fields(client.get(address.replace(str(milk.pk), str(bread.pk)))) == ["cursor"]


def test_an_altered_cursor_is_rejected(as_user, alice, three):
    client = as_user(alice)
    cursor = cursor_of(client.get("/notes?limit=1"))

    altered = [altered_at(cursor, position) for position in (0, 5, 20, -30, -1)]

    assert [invalid_fields(client.get(f"/notes?limit=1&cursor={each}")) for each in altered] == [["cursor"]] * 5


def altered_at(cursor, position):
    letters = list(cursor)
    letters[position] = "x" if letters[position] != "x" else "y"
    return "".join(letters)


def test_an_invalid_cursor_is_rejected(as_user, alice):
    client = as_user(alice)
    invalid = ["", "x", "a:b", "a.b.c", "%00", "é", ":", "a" * 5000]

    assert [invalid_fields(client.get(f"/notes?cursor={cursor}")) for cursor in invalid] == [["cursor"]] * 8


def test_a_cursor_signed_for_another_purpose_is_rejected(as_user, alice):
    forged = signing.Signer(salt="another").sign_object(["", START, NOWHERE])

    assert invalid_fields(as_user(alice).get(f"/notes?cursor={forged}")) == ["cursor"]
