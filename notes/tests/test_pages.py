"""GET /notes: keyset pages, in every order."""

import pytest

from conftest import START
from notes.models import Note
from notes.tests.factories import copies, make_note
from notes.tests.lists import titles, walk
from notes_api.tests.responses import invalid_fields

# Each order and the titles of `three` in it.
ORDERED = {
    "-updated_at": ["Jam", "Bread", "Milk"],
    "updated_at": ["Milk", "Bread", "Jam"],
    "-created_at": ["Jam", "Bread", "Milk"],
    "created_at": ["Milk", "Bread", "Jam"],
    "title": ["Bread", "Jam", "Milk"],
    "-title": ["Milk", "Jam", "Bread"],
}


@pytest.fixture
def three(alice, time_machine):
    """Milk, Bread and Jam, an hour apart."""
    time_machine.move_to(START, tick=False)
    milk = make_note(owner=alice, title="Milk")
    time_machine.shift(3600)
    bread = make_note(owner=alice, title="Bread")
    time_machine.shift(3600)
    return milk, bread, make_note(owner=alice, title="Jam")


def test_a_list_shows_whole_notes(as_user, alice):
    note = make_note(owner=alice, title="Milk", content="two litres\n")
    client = as_user(alice)

    response = client.get("/notes")

    assert response.status_code == 200
    assert response.json() == {"results": [client.get(f"/notes/{note.pk}").json()], "next": None, "next_cursor": None}


def test_without_notes_the_list_is_empty(as_user, alice):
    response = as_user(alice).get("/notes")

    assert response.json() == {"results": [], "next": None, "next_cursor": None}
    assert "Link" not in response.headers


def test_the_notes_of_others_are_not_listed(as_user, alice, bob, staff):
    make_note(owner=alice)

    assert titles(as_user(bob).get("/notes?is_archived=any")) == []
    assert titles(as_user(staff).get("/notes?is_archived=any")) == []


def test_the_next_page_is_linked_in_body_and_header(as_user, alice, three):
    response = as_user(alice).get("/notes?limit=2")

    address = response.json()["next"]
    assert address.startswith("http://testserver/notes?")
    assert response.headers["Link"] == f'<{address}>; rel="next"'


def test_the_last_page_has_no_link(as_user, alice, three):
    response = as_user(alice).get("/notes?limit=3")

    assert len(titles(response)) == 3
    assert response.json()["next"] is None
    assert "Link" not in response.headers


def test_a_page_holds_50_notes_by_default(as_user, alice):
    Note.objects.bulk_create(copies(alice, 51))

    response = as_user(alice).get("/notes")

    assert len(titles(response)) == 50
    assert response.json()["next"] is not None


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_holds_1_to_100_notes(as_user, alice, limit):
    Note.objects.bulk_create(copies(alice, 101))

    assert len(titles(as_user(alice).get(f"/notes?limit={limit}"))) == limit


def test_an_invalid_limit_is_rejected(as_user, alice):
    client = as_user(alice)
    limits = ["0", "-1", "101", "abc", "", "1.5", "Infinity", "NaN", "1e2", "%00", "9" * 2000]

    assert [invalid_fields(client.get(f"/notes?limit={limit}")) for limit in limits] == [["limit"]] * len(limits)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_every_order_continues_from_page_to_page(as_user, alice, three, limit):
    client = as_user(alice)

    assert {ordering: walk(client, f"/notes?ordering={ordering}&limit={limit}") for ordering in ORDERED} == ORDERED


def test_the_last_changed_note_comes_first_by_default(as_user, alice, three, time_machine):
    time_machine.shift(60)
    client = as_user(alice)
    client.patch(f"/notes/{three[0].pk}", {"content": "two litres"})

    assert titles(client.get("/notes")) == ["Milk", "Jam", "Bread"]


def test_a_change_does_not_affect_the_order_of_creation(as_user, alice, three, time_machine):
    time_machine.shift(60)
    client = as_user(alice)
    client.patch(f"/notes/{three[0].pk}", {"content": "two litres"})

    assert titles(client.get("/notes?ordering=-created_at")) == ["Jam", "Bread", "Milk"]


@pytest.mark.parametrize("limit", [1, 100])
def test_titles_sort_by_code_point(as_user, alice, limit):
    make_note(owner=alice, title="b")
    make_note(owner=alice, title="é")
    make_note(owner=alice, title="B")
    make_note(owner=alice, title=" b")
    make_note(owner=alice, title="a")
    make_note(owner=alice, title="-a")
    make_note(owner=alice, title="\uff5e")
    make_note(owner=alice, title="🥛")
    make_note(owner=alice, title="_")
    client = as_user(alice)
    expected = [" b", "-a", "B", "_", "a", "b", "é", "\uff5e", "🥛"]

    assert walk(client, f"/notes?ordering=title&limit={limit}") == expected
    assert walk(client, f"/notes?ordering=-title&limit={limit}") == expected[::-1]


def test_notes_that_tie_are_neither_skipped_nor_shown_twice(as_user, alice):
    Note.objects.bulk_create(copies(alice, 7))
    client = as_user(alice)

    shown = [sorted(contents(client, f"/notes?ordering={ordering}&limit=2")) for ordering in ORDERED]

    assert shown == [["0", "1", "2", "3", "4", "5", "6"]] * len(ORDERED)


def test_an_unknown_order_is_rejected(as_user, alice):
    client = as_user(alice)
    unknown = ["", "content", "version", "owner", "--title", "title,id", "owner__password", "?"]

    fields = [invalid_fields(client.get(f"/notes?ordering={ordering}")) for ordering in unknown]

    assert fields == [["ordering"]] * len(unknown)


def test_a_note_deleted_between_two_pages_hides_no_other(as_user, alice, three):
    client = as_user(alice)
    first = client.get("/notes?limit=1&ordering=created_at")
    client.delete(f"/notes/{three[0].pk}")

    assert titles(first) + walk(client, first.json()["next"]) == ["Milk", "Bread", "Jam"]


def test_the_last_note_of_a_page_can_be_deleted_before_the_next_page(as_user, alice, three):
    client = as_user(alice)
    first = client.get("/notes?limit=2&ordering=created_at")
    client.delete(f"/notes/{three[1].pk}")

    assert walk(client, first.json()["next"]) == ["Jam"]


def test_a_note_created_between_two_pages_shows_no_other_twice(as_user, alice, three):
    client = as_user(alice)
    first = client.get("/notes?limit=1&ordering=title")
    make_note(owner=alice, title="Apples")
    make_note(owner=alice, title="Cheese")

    assert titles(first) + walk(client, first.json()["next"]) == ["Bread", "Cheese", "Jam", "Milk"]


def test_the_limit_can_change_between_two_pages(as_user, alice, three):
    client = as_user(alice)
    address = client.get("/notes?limit=1&ordering=title").json()["next"]

    assert titles(client.get(address.replace("limit=1", "limit=2"))) == ["Jam", "Milk"]


@pytest.mark.parametrize("count", [1, 10])
def test_a_list_runs_two_queries_for_1_and_for_10_notes(as_user, alice, django_assert_num_queries, count):
    Note.objects.bulk_create(copies(alice, count))
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/notes")

    assert len(titles(response)) == count


def test_head_returns_the_headers_of_a_list_without_a_body(as_user, alice, three):
    response = as_user(alice).head("/notes?limit=1")

    assert response.status_code == 200
    assert response.content == b""
    assert "Link" in response.headers


def contents(client, address):
    page = client.get(address).json()
    rest = contents(client, page["next"]) if page["next"] else []
    return [note["content"] for note in page["results"]] + rest


def test_a_cursor_holds_the_longest_title(as_user, alice):
    make_note(owner=alice, title="\U0001f600" * 255)
    make_note(owner=alice, title="\U0001f600" * 255)
    client = as_user(alice)

    first = client.get("/notes?ordering=title&limit=1").json()
    second = client.get(first["next"]).json()

    assert [note["version"] for note in first["results"] + second["results"]] == [1, 2]
