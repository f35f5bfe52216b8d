"""GET /notes: flags, tags, dates, count, and all of them together."""

import pytest

from notes.models import Note
from notes.tests.lists import refused, titles, walk
from notes.tests.making import make_note, make_trashed

START = "2026-01-05T09:00:00Z"


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
    ("query", "expected"),
    [
        ("", {"plain", "pinned"}),
        ("?is_archived=false", {"plain", "pinned"}),
        ("?is_archived=true", {"archived", "both"}),
        ("?is_archived=any", {"plain", "pinned", "archived", "both"}),
        ("?is_pinned=true", {"pinned"}),
        ("?is_pinned=false", {"plain"}),
        ("?is_pinned=any", {"plain", "pinned"}),
        ("?is_pinned=true&is_archived=any", {"pinned", "both"}),
        ("?is_pinned=true&is_archived=true", {"both"}),
    ],
)
def test_pinned_and_archived_filter(as_user, alice, query, expected):
    make_note(owner=alice, title="plain")
    make_note(owner=alice, title="pinned", is_pinned=True)
    make_note(owner=alice, title="archived", is_archived=True)
    make_note(owner=alice, title="both", is_pinned=True, is_archived=True)

    assert set(titles(as_user(alice).get(f"/notes{query}"))) == expected


@pytest.mark.parametrize("value", ["", "1", "yes", "True", "null", "%00"])
@pytest.mark.parametrize("name", ["is_pinned", "is_archived"])
def test_a_filter_is_true_false_or_any(as_user, alice, name, value):
    assert refused(as_user(alice).get(f"/notes?{name}={value}")) == [name]


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
        "1" * 400,
        "2026-01-05",
        "2026-01-05T09:00:00",
        "2026-01-05T09:00:00+02:00",
        "2026-02-30T09:00:00Z",
        "2026-06-30T23:59:60Z",
        "2026-01-05T24:00:00Z",
        "2026-W01-1T00:00:00Z",
        "%D9%A2%D9%A0%D9%A2%D9%A6-01-05T09:00:00Z",
    ],
)
@pytest.mark.parametrize("name", ["created_after", "created_before", "updated_after", "updated_before"])
def test_what_is_no_time_is_refused(client, name, value):
    assert refused(client.get(f"/notes?{name}={value}")) == [name]


@pytest.mark.parametrize(
    "query",
    ["count=1", "count=", "count=True", "tag=", "tag=%20", "tag=..", "tag=%00", f"tag={'x' * 65}", "is_pinned=1",
     "is_archived=all", "q=%00", "tags=home", "updated_since=2026-01-05T09:00:00Z", "search=x", "total=true",
     "&".join(f"tag={number}" for number in range(51))],
)  # fmt: skip
def test_a_bad_or_unknown_parameter_is_refused(client, query):
    (field,) = refused(client.get(f"/notes?{query}"))

    assert field.removesuffix(".0") == query.partition("=")[0]


@pytest.mark.parametrize("name", ["is_pined", "owner", "owner_id", "id", "page", "offset", "format", "title__contains"])
def test_a_parameter_that_does_not_exist_is_refused(as_user, alice, name):
    assert refused(as_user(alice).get(f"/notes?{name}=x")) == [name]


def test_a_parameter_given_twice_is_refused(as_user, alice):
    assert refused(as_user(alice).get("/notes?limit=1&limit=2")) == ["limit"]


def test_a_write_takes_no_parameters(as_user, alice):
    assert refused(as_user(alice).post("/notes?title=Milk", {"title": "Milk"})) == ["title"]
    assert not Note.objects.exists()


@pytest.mark.parametrize("name", ["q", "count", "created_after", "ordering"])
def test_only_tags_can_be_given_twice(client, name):
    value = {"q": "x", "count": "true", "created_after": START, "ordering": "title"}[name]

    assert refused(client.get(f"/notes?{name}={value}&{name}={value}")) == [name]


@pytest.mark.parametrize(
    "other",
    ["", "&tag=home", "&tag=food", "&tag=work&tag=food", "&tag=home&tag=food&q=two",
     "&tag=home&tag=food&is_pinned=false", "&tag=home&tag=food&created_after=2026-01-05T09:00:00Z",
     "&tag=home&tag=food&updated_before=2027-01-05T09:00:00Z"],
)  # fmt: skip
def test_a_cursor_is_good_for_its_own_filters_only(client, alice, other):
    for title in ("Milk", "Bread"):
        make_note(owner=alice, title=title, tags=["home", "food"])
    address = client.get("/notes?limit=1&tag=home&tag=food").json()["next"]
    cursor = address.rpartition("cursor=")[2].partition("&")[0]

    for same in ("&tag=home&tag=food", "&tag=food&tag=home"):
        assert client.get(f"/notes?limit=1&cursor={cursor}{same}").status_code == 200
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
