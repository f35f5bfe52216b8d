"""GET /notes: tags, dates, count, and all of them together."""

import random

import pytest

from notes.models import Note
from notes.tests.making import make_note, make_trashed

START = "2026-01-05T09:00:00Z"


def titles(response):
    assert response.status_code == 200, response.json()
    return [note["title"] for note in response.json()["results"]]


def refused(response):
    assert response.status_code == 400
    return [error["field"] for error in response.json()["errors"]]


def walk(client, address):
    """All titles from here on, page by page."""
    found = []
    while address:
        page = client.get(address)
        found += titles(page)
        address = page.json()["next"]
    return found


@pytest.fixture
def client(as_user, alice):
    return as_user(alice)


@pytest.fixture
def four(alice, time_machine):
    """An hour apart; the first was changed last."""
    time_machine.move_to(START, tick=False)
    milk = make_note(owner=alice, title="Milk", content="two litres", tags=["home", "food"])
    time_machine.shift(3600)
    make_note(owner=alice, title="Bread", content="two loaves", tags=["food"], is_pinned=True)
    time_machine.shift(3600)
    make_note(owner=alice, title="Plan", content="two steps", tags=["work", "a/b ü"])
    time_machine.shift(3600)
    make_note(owner=alice, title="Old", content="two years", tags=["work", "home"], is_archived=True)
    make_trashed(owner=alice, title="Gone", content="two", tags=["home", "food"])
    time_machine.shift(3600)
    milk.change({"content": "two litres, cold"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=food", ["Milk", "Bread"]),
        ("tag=home", ["Milk"]),
        ("tag=home&tag=food", ["Milk"]),
        ("tag=home&tag=home", ["Milk"]),
        ("tag=home&tag=work", []),
        ("tag=home&tag=work&is_archived=any", ["Old"]),
        ("tag=a/b%20%C3%BC", ["Plan"]),
        ("tag=a/b%20u%CC%88", ["Plan"]),
        ("tag=%20food%20", ["Milk", "Bread"]),
        ("tag=Food", []),
        ("tag=foo", []),
        ("tag=%25", []),
        ("tag=%22food%22", []),
        ("created_after=2026-01-05T10:00:00Z", ["Plan", "Bread"]),
        ("created_after=2026-01-05T10:00:00.000001Z", ["Plan"]),
        ("created_before=2026-01-05T10:00:00Z", ["Milk"]),
        ("created_before=2026-01-05T10:00:00.000001Z", ["Milk", "Bread"]),
        ("created_after=2026-01-05T10:00:00Z&created_before=2026-01-05T11:00:00Z", ["Bread"]),
        ("created_after=2026-01-05T12:00:00%2B02:00", ["Plan", "Bread"]),
        ("created_after=2026-01-06T00:00:00Z&created_before=2026-01-05T00:00:00Z", []),
        ("updated_after=2026-01-05T13:00:00Z", ["Milk"]),
        ("updated_before=2026-01-05T13:00:00Z", ["Plan", "Bread"]),
        ("updated_after=2026-01-05T11:00:00Z&updated_before=2026-01-05T13:00:00Z&is_archived=any", ["Old", "Plan"]),
        ("q=two", ["Milk", "Plan", "Bread"]),
        ("q=two&tag=food", ["Milk", "Bread"]),
        ("q=two&tag=food&is_pinned=true", ["Bread"]),
        ("q=two&is_archived=true&created_after=2026-01-05T12:00:00Z", ["Old"]),
        ("q=two&is_archived=any&tag=home&ordering=title", ["Milk", "Old"]),
        ("q=litres&tag=food&is_pinned=false&updated_after=2026-01-05T13:00:00Z&created_before=2026-01-05T09:00:01Z",
         ["Milk"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_list_together(four, client, query, expected):
    response = client.get(f"/notes?{query}&count=true")

    assert titles(response) == expected
    assert response.json()["total"] == len(expected)
    assert walk(client, f"/notes?{query}&limit=1") == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00%2B23:00",
        "9999-12-31T23:59:59-23:00",
        "12:00",
        "2026-13-01T00:00:00Z",
        "%00",
        "0",
        "now",
    ],
)
@pytest.mark.parametrize("name", ["created_after", "created_before", "updated_after", "updated_before"])
def test_what_is_no_time_is_refused(client, name, value):
    assert refused(client.get(f"/notes?{name}={value}")) == [name]


@pytest.mark.parametrize(
    "query",
    ["count=1", "count=", "count=True", "tag=", "tag=%20", "tag=..", "tag=%00", f"tag={'x' * 65}", "is_pinned=1",
     "is_archived=all", "q=%00", "tags=home", "updated_since=2026-01-05T09:00:00Z", "search=x", "total=true"],
)  # fmt: skip
def test_a_bad_or_unknown_parameter_is_refused(client, query):
    (field,) = refused(client.get(f"/notes?{query}"))

    assert field.removesuffix(".0") == query.partition("=")[0]


@pytest.mark.parametrize("name", ["q", "count", "created_after", "ordering"])
def test_only_tags_can_be_given_twice(client, name):
    value = {"q": "x", "count": "true", "created_after": START, "ordering": "title"}[name]

    assert refused(client.get(f"/notes?{name}={value}&{name}={value}")) == [name]


@pytest.mark.parametrize(
    "other",
    ["", "&tag=home", "&tag=food&tag=home", "&tag=home&tag=food&q=two", "&tag=home&tag=food&is_pinned=false",
     "&tag=home&tag=food&created_after=2026-01-05T09:00:00Z", "&tag=home&tag=food&updated_before=2027-01-05T09:00:00Z"],
)  # fmt: skip
def test_a_cursor_is_good_for_its_own_filters_only(client, alice, other):
    for title in ("Milk", "Bread"):
        make_note(owner=alice, title=title, tags=["home", "food"])
    address = client.get("/notes?limit=1&tag=home&tag=food").json()["next"]
    cursor = address.rpartition("cursor=")[2].partition("&")[0]

    assert client.get(f"/notes?limit=1&cursor={cursor}&tag=home&tag=food").status_code == 200
    if other != "&tag=food&tag=home":
        assert refused(client.get(f"/notes?limit=1&cursor={cursor}{other}")) == ["cursor"]


def test_the_total_is_the_same_on_every_page(four, client):
    first = client.get("/notes?limit=1&count=true").json()
    second = client.get(first["next"]).json()

    assert (first["total"], second["total"]) == (3, 3)
    assert "total" not in client.get("/notes").json()


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(
    ("query", "queries"), [("tag=home&created_after=2020-01-01T00:00:00Z", 2), ("q=milk&tag=home&count=true", 4)]
)
def test_the_number_of_queries_is_that_of_one_note(client, alice, django_assert_num_queries, count, query, queries):
    for number in range(count):
        make_note(owner=alice, title=f"Milk {number}", tags=["home"])

    with django_assert_num_queries(queries):
        response = client.get(f"/notes?limit=100&{query}")

    assert len(titles(response)) == count


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    "query", ["ordering=-updated_at", "ordering=title", "ordering=created_at", "q=walk", "tag=walk"]
)
def test_walks_skip_nothing_and_show_nothing_twice_while_others_come_and_go(client, alice, query, number):
    """What was there before and after is shown once; five walks a test, a hundred in all."""
    chance = random.Random(number)
    steady = {f"walk {place}" for place in range(200)}
    moment = {"created_at": START, "updated_at": START}
    Note.objects.bulk_create(
        Note(owner=alice, title=title, title_words=f" {title} ", tags=["walk"], version=1, **moment) for title in steady
    )
    passing = [make_note(owner=alice, title=f"walk passing {place}", tags=["walk"]) for place in range(40)]
    for _ in range(5):
        found, address = [], f"/notes?limit=67&{query}"
        while address:
            passing.pop(chance.randrange(len(passing))).trash()
            passing.append(make_note(owner=alice, title=f"walk passing {chance.random()}", tags=["walk"]))
            page = client.get(address)
            found += titles(page)
            address = page.json()["next"]
        assert len(found) == len(set(found))
        assert steady <= set(found)
