"""GET /notes: filters by flag, tag, date and text, alone and together, and the count."""

import pytest

from conftest import START
from notes.models import Note
from notes.tests.factories import copies, make_note, make_trashed
from notes.tests.lists import titles, walk
from notes_api.tests.responses import invalid_fields

# The query and the titles it lists, the last change first.
FILTERED = {
    "tag=food": ["Milk", "Bread"],
    "tag=home": ["Milk"],
    "tag=home&tag=food": ["Milk"],
    "tag=home&tag=home": ["Milk"],
    "tag=home&tag=work": [],
    "tag=home&tag=work&is_archived=any": ["Old"],
    "tag=a/b%20%C3%BC": ["Plan"],
    "tag=a/b%20u%CC%88": ["Plan"],
    "tag=%20food%20": ["Milk", "Bread"],
    "tag=Food": [],
    "tag=foo": [],
    "tag=%25": [],
    "tag=%22food%22": [],
    "created_after=2026-01-05T10:00:00Z": ["Plan", "Bread"],
    "created_after=2026-01-05T10:00:00.000001Z": ["Plan"],
    "created_before=2026-01-05T10:00:00Z": ["Milk"],
    "created_before=2026-01-05T10:00:00.000001Z": ["Milk", "Bread"],
    "created_after=2026-01-05T10:00:00Z&created_before=2026-01-05T11:00:00Z": ["Bread"],
    "created_after=2026-01-05T12:00:00%2B02:00": ["Plan", "Bread"],
    "created_after=2026-01-06T00:00:00Z&created_before=2026-01-05T00:00:00Z": [],
    "updated_after=2026-01-05T13:00:00Z": ["Milk"],
    "updated_before=2026-01-05T13:00:00Z": ["Plan", "Bread"],
    "updated_after=2026-01-05T11:00:00Z&updated_before=2026-01-05T13:00:00Z&is_archived=any": ["Old", "Plan"],
    "q=two": ["Milk", "Plan", "Bread"],
    "q=two&tag=food": ["Milk", "Bread"],
    "q=two&tag=food&is_pinned=true": ["Bread"],
    "q=two&is_archived=true&created_after=2026-01-05T12:00:00Z": ["Old"],
    "q=two&is_archived=any&tag=home&ordering=title": ["Milk", "Old"],
    "q=litres&tag=food&is_pinned=false&updated_after=2026-01-05T13:00:00Z&created_before=2026-01-05T09:00:01Z": [
        "Milk"
    ],
}
BY_FLAGS = {
    "": {"plain", "pinned"},
    "?is_archived=false": {"plain", "pinned"},
    "?is_archived=true": {"archived", "both"},
    "?is_archived=any": {"plain", "pinned", "archived", "both"},
    "?is_pinned=true": {"pinned"},
    "?is_pinned=false": {"plain"},
    "?is_pinned=any": {"plain", "pinned"},
    "?is_pinned=true&is_archived=any": {"pinned", "both"},
    "?is_pinned=true&is_archived=true": {"both"},
}
OTHER_FILTERS = [
    "", "&tag=home", "&tag=food", "&tag=work&tag=food", "&tag=home&tag=food&q=two",
    "&tag=home&tag=food&is_pinned=false", "&tag=home&tag=food&created_after=2026-01-05T09:00:00Z",
    "&tag=home&tag=food&updated_before=2027-01-05T09:00:00Z",
]  # fmt: skip
INVALID_PARAMETERS = [
    "count=1", "count=", "count=TRUE", "is_pinned=1", "is_archived=all", "q=%00", "tags=home",
    "updated_since=2026-01-05T09:00:00Z", "search=x", "total=true", "is_pined=x", "owner=x", "owner_id=x", "id=x",
    "page=x", "offset=x", "format=x", "title__contains=x",
]  # fmt: skip
INVALID_TIMES = [
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
]


@pytest.fixture
def client(as_user, alice):
    return as_user(alice)


@pytest.fixture
def four(alice, time_machine):
    """Four notes, created an hour apart; the first was changed last."""
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


def test_filters_narrow_the_list_together(four, client):
    responses = {query: client.get(f"/notes?{query}&count=true") for query in FILTERED}

    assert {query: titles(response) for query, response in responses.items()} == FILTERED
    assert [response.json()["total"] for response in responses.values()] == list(map(len, FILTERED.values()))
    assert {query: walk(client, f"/notes?{query}&limit=1") for query in FILTERED} == FILTERED


def test_pinned_and_archived_filter(client, alice):
    make_note(owner=alice, title="plain")
    make_note(owner=alice, title="pinned", is_pinned=True)
    make_note(owner=alice, title="archived", is_archived=True)
    make_note(owner=alice, title="both", is_pinned=True, is_archived=True)

    assert {query: set(titles(client.get(f"/notes{query}"))) for query in BY_FLAGS} == BY_FLAGS


@pytest.mark.parametrize("name", ["is_pinned", "is_archived"])
def test_a_flag_is_true_false_or_any(client, name):
    fields = [invalid_fields(client.get(f"/notes?{name}={value}")) for value in ["", "1", "yes", "TRUE", "null", "%00"]]

    assert fields == [[name]] * 6


@pytest.mark.parametrize("name", ["created_after", "created_before", "updated_after", "updated_before"])
def test_an_invalid_time_is_rejected(client, name):
    fields = [invalid_fields(client.get(f"/notes?{name}={value}")) for value in INVALID_TIMES]

    assert fields == [[name]] * len(INVALID_TIMES)


def test_an_invalid_or_unknown_parameter_is_rejected(client):
    fields = [invalid_fields(client.get(f"/notes?{query}")) for query in INVALID_PARAMETERS]

    assert fields == [[query.partition("=")[0]] for query in INVALID_PARAMETERS]


def test_an_invalid_tag_is_rejected(client):
    queries = ["tag=", "tag=%20", "tag=..", "tag=%00", f"tag={'x' * 65}"]

    assert [invalid_fields(client.get(f"/notes?{query}")) for query in queries] == [["tag.0"]] * 5
    assert invalid_fields(client.get("/notes?" + "&".join(f"tag={number}" for number in range(51)))) == ["tag"]


def test_a_write_takes_no_parameters(client):
    assert invalid_fields(client.post("/notes?title=Milk", {"title": "Milk"})) == ["title"]
    assert not Note.objects.exists()


def test_only_tags_can_be_given_twice(client):
    parameters = {"limit": 1, "q": "x", "count": "true", "created_after": START, "ordering": "title"}

    fields = [invalid_fields(client.get("/notes", {name: [value] * 2})) for name, value in parameters.items()]

    assert fields == [[name] for name in parameters]


def test_a_cursor_is_valid_only_with_the_filters_it_was_made_for(client, alice):
    for title in ("Milk", "Bread"):
        make_note(owner=alice, title=title, tags=["home", "food"])
    address = client.get("/notes?limit=1&tag=home&tag=food").json()["next"]
    cursor = address.rpartition("cursor=")[2].partition("&")[0]

    same = [
        client.get(f"/notes?limit=1&cursor={cursor}{tags}") for tags in ("&tag=home&tag=food", "&tag=food&tag=home")
    ]
    others = [invalid_fields(client.get(f"/notes?limit=1&cursor={cursor}{filters}")) for filters in OTHER_FILTERS]

    assert [response.status_code for response in same] == [200, 200]
    assert others == [["cursor"]] * len(OTHER_FILTERS)


def test_the_total_is_the_same_on_every_page(four, client):
    first = client.get("/notes?limit=1&count=true").json()
    second = client.get(first["next"]).json()

    assert (first["total"], second["total"]) == (3, 3)
    assert "total" not in client.get("/notes").json()


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(
    ("query", "queries"), [("tag=home&created_after=2020-01-01T00:00:00Z", 2), ("q=milk&tag=home&count=true", 3)]
)
def test_a_filtered_list_runs_the_same_number_of_queries_for_1_and_for_100_notes(
    client, alice, django_assert_num_queries, count, query, queries
):
    Note.objects.bulk_create(copies(alice, count, tags=["home"]))

    with django_assert_num_queries(queries):
        response = client.get(f"/notes?limit=100&{query}")

    assert len(titles(response)) == count
