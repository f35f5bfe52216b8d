"""GET /notes?q=: the order of what is found, and its pages."""

from urllib.parse import quote

import pytest

from conftest import START
from notes.models import Note
from notes.tests.factories import make_note
from notes.tests.lists import titles, walk
from notes.tests.search_cases import find, make_library


@pytest.fixture
def client(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    return as_user(alice)


def test_the_best_match_comes_first_and_the_last_change_breaks_ties(client, alice, time_machine):
    for title, content in [
        ("Words apart: milk, oat", ""),
        ("Else", "oat milk"),
        ("Oat milk", ""),
        ("Other", "oat milk"),
    ]:
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(60)

    assert find(client, "oat milk") == ["Oat milk", "Words apart: milk, oat", "Other", "Else"]


def test_notes_of_the_same_moment_are_ordered_by_id(client, alice):
    notes = [make_note(owner=alice, title=f"Milk {number}") for number in range(5)]

    assert find(client, "milk") == [note.title for note in sorted(notes, key=lambda note: note.pk)]


@pytest.mark.parametrize("query", ["milk", "-nothing", "mil* or bread", "東京 or 购物 or milk"])
def test_the_pages_of_a_search_show_every_note_once_and_in_order(client, alice, time_machine, query):
    make_library(alice, time_machine)

    walks = [walk(client, f"/notes?q={quote(query)}&limit={limit}") for limit in (1, 2, 3)]

    assert walks == [find(client, query)] * 3


def test_a_query_that_only_excludes_keeps_the_order_of_the_list(client, alice, time_machine):
    first, second, third = (make_note(owner=alice, title=title) for title in ("Milk", "Bread", "Tea"))
    for note in (third, second, first):
        time_machine.shift(60)
        note.change({"content": "changed"})

    assert find(client, "-nothing") == ["Milk", "Bread", "Tea"]
    assert walk(client, "/notes?q=-nothing&limit=1") == ["Milk", "Bread", "Tea"]


def test_a_requested_order_replaces_the_rank(client, alice, time_machine):
    make_library(alice, time_machine)

    assert find(client, "milk", ordering="title") == ["Bread and milk", "Milk", "Milkshake recipe", "The plan"]
    by_creation = walk(client, "/notes?q=milk&ordering=-created_at&limit=1")
    assert by_creation == ["The plan", "Bread and milk", "Milkshake recipe", "Milk"]


def test_the_pages_of_a_search_continue_while_notes_are_created_and_deleted(client, alice, time_machine):
    make_library(alice, time_machine)
    first = client.get("/notes", {"q": "milk", "limit": 2})
    make_note(owner=alice, title="Milk, the newest")
    Note.objects.get(title="Milk").trash()

    assert titles(first) == ["Bread and milk", "Milk"]
    assert walk(client, first.json()["next"]) == ["The plan", "Milkshake recipe"]


def test_the_notes_of_others_do_not_change_the_order(client, alice, bob, time_machine):
    make_library(alice, time_machine)
    before = find(client, "milk or bread")
    for number in range(20):
        make_note(owner=bob, title="Milk milk bread", content=f"milk {number}")

    assert find(client, "milk or bread") == before


@pytest.mark.parametrize("limit", [2, 3])
def test_the_pages_of_a_search_continue_from_the_last_title_to_the_first_content(client, alice, time_machine, limit):
    for title, content in [("Tea", "milk"), ("Milk", ""), ("Bread", "milk"), ("Soya milk", "")]:
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(60)

    assert walk(client, f"/notes?q=milk&limit={limit}") == ["Soya milk", "Milk", "Bread", "Tea"]
