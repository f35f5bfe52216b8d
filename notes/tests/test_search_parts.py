"""GET /notes?q=: a search of many terms reads the notes of a large account in parts."""

from urllib.parse import quote

import pytest

from conftest import START
from notes.search.query import FEW_TERMS, parse
from notes.tests.factories import make_note
from notes.tests.lists import titles, walk
from notes.tests.search_cases import find

MANY = " ".join(["milk", *(f"-no{number}" for number in range(9))])


@pytest.fixture
def client(as_user, alice, time_machine, monkeypatch):
    """Four notes, of which a search of many terms reads two per request."""
    monkeypatch.setattr("notes.search.query.MAX_COMPARISONS", 20)
    time_machine.move_to(START, tick=False)
    for title, content in [("Tea", "milk"), ("Milk", ""), ("Bread", "butter"), ("Jam", "sugar")]:
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(60)
    return as_user(alice)


ORDERINGS = [
    ({}, ["Milk", "Tea"]),
    ({"ordering": "title"}, ["Milk", "Tea"]),
    ({"ordering": "-title"}, ["Tea", "Milk"]),
    ({"ordering": "created_at"}, ["Tea", "Milk"]),
    ({"ordering": "-updated_at"}, ["Milk", "Tea"]),
]


def test_the_pages_show_every_match_once_and_in_order(client, subtests):
    for ordering, found in ORDERINGS:
        with subtests.test(ordering=ordering, found=found):
            first = client.get("/notes", {"q": MANY, **ordering})

            assert first.json()["next"] is not None
            assert titles(first) + walk(client, first.json()["next"]) == found


def test_a_page_ends_where_the_request_has_read_enough(client):
    response = client.get("/notes", {"q": MANY.replace("milk", "sugar"), "ordering": "created_at"})

    assert titles(response) == []
    assert titles(client.get(response.json()["next"])) == ["Jam"]


def test_notes_with_the_same_title_are_read_once(as_user, alice, monkeypatch):
    monkeypatch.setattr("notes.search.query.MAX_COMPARISONS", 20)
    notes = [make_note(owner=alice, title="Milk", content="") for _ in range(5)]
    client = as_user(alice)

    assert len(walk(client, f"/notes?q={quote(MANY)}&ordering=title&limit=1")) == len(notes)


def test_the_number_of_matches_is_unknown_unless_one_request_may_read_all_notes(client, monkeypatch):
    assert client.get("/notes", {"q": MANY, "count": "true"}).json()["total"] is None

    monkeypatch.setattr("notes.search.query.MAX_COMPARISONS", 40)

    assert client.get("/notes", {"q": MANY, "count": "true", "limit": 1}).json()["total"] == 2


def test_a_search_of_few_terms_reads_all_notes_at_once(client):
    query = " ".join(["milk", *(f"-no{number}" for number in range(FEW_TERMS - 1))])

    response = client.get("/notes", {"q": query, "count": "true"})

    assert (titles(response), response.json()["next"], response.json()["total"]) == (["Milk", "Tea"], None, 2)


def test_the_most_terms_of_a_search_leave_thousands_of_notes_per_request():
    search = parse(" ".join(map(str, range(100))))

    assert search.max_notes() == 4_000


def test_an_account_that_one_request_may_read_shows_all_matches(client, monkeypatch):
    monkeypatch.setattr("notes.search.query.MAX_COMPARISONS", 40)

    assert find(client, MANY) == ["Milk", "Tea"]
    assert client.get("/notes", {"q": MANY}).json()["next"] is None


@pytest.mark.parametrize(("notes", "total"), [(2, 2), (3, None)])
def test_a_limited_token_reads_all_of_few_notes_or_half_as_many(client, alice, by_token, notes, total):
    for number in range(notes):
        make_note(owner=alice, title=f"Tea {number}", content="milk", tags=["home"])
    limited = by_token(alice, "notes:read", tags=["home"])

    first = limited.get("/notes", {"q": MANY, "count": "true"})

    assert first.json()["total"] == total
    assert len(titles(first)) == (notes if total else 1)
    assert len(walk(limited, f"/notes?q={quote(MANY)}")) == notes
