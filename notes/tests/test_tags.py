"""Tags on notes, and GET /tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import START
from notes.models import Note
from notes.tests.factories import make_note, make_trashed
from notes_api.rest.tag_names import InvalidTag, clean_tag, clean_tags
from notes_api.tests.responses import invalid_fields

FIFTY = [f"tag {number}" for number in range(50)]
# The given tags, and the stored ones.
CLEANED = [
    (["home"], ["home"]),
    (["b", "a", "B"], ["b", "a", "B"]),
    (["b", "a", "b"], ["b", "a"]),
    ([" home\t", "home"], ["home"]),
    (["cafe\u0301", "caf\u00e9"], ["café"]),
    (["a/b", "...", "..a", "a b", "🏠", "%2F", "#", "?"], ["a/b", "...", "..a", "a b", "🏠", "%2F", "#", "?"]),
    (["x" * 64], ["x" * 64]),
    (["🏠" * 64], ["🏠" * 64]),
    ([" " + "x" * 64 + " "], ["x" * 64]),
    (FIFTY, FIFTY),
    ([*FIFTY, *FIFTY], FIFTY),
    ([], []),
]
INVALID = [
    "home", {"home": 1}, 1, [1], [None], [["a"]], [True], [""], [" "], ["."], [".."], [" .. "], ["x" * 65], ["a\nb"],
    ["a\x00b"], ["\x7f"], [*FIFTY, "one more"],
]  # fmt: skip


def test_tags_are_trimmed_composed_and_kept_once_in_order():
    assert [clean_tags(given) for given, _ in CLEANED] == [kept for _, kept in CLEANED]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_every_write_cleans_tags(as_user, alice, method):
    client = as_user(alice)
    path = "/notes" if method == "post" else f"/notes/{make_note(owner=alice).pk}"

    response = getattr(client, method)(path, {"title": "Milk", "tags": [" b\t", "a", "b"]})

    assert response.json()["tags"] == ["b", "a"]
    assert client.get(f"/notes/{response.json()['id']}").json()["tags"] == ["b", "a"]


def test_invalid_tags_are_rejected(as_user, alice):
    client = as_user(alice)

    responses = [client.post("/notes", {"title": "Milk", "tags": tags}) for tags in INVALID]

    assert [response.status_code for response in responses] == [400] * len(INVALID)
    assert not Note.objects.exists()


def test_null_removes_all_tags_in_a_patch_only(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)

    assert invalid_fields(client.put(f"/notes/{note.pk}", {"title": "Milk", "tags": None})) == ["tags"]
    assert client.patch(f"/notes/{note.pk}", {"tags": None}).json()["tags"] == []


def test_put_without_tags_removes_them_and_patch_keeps_them(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)

    assert client.patch(f"/notes/{note.pk}", {"title": "Tea"}).json()["tags"] == ["home"]
    assert client.put(f"/notes/{note.pk}", {"title": "Tea"}).json()["tags"] == []


def test_new_tags_update_the_time_of_a_note_and_the_same_tags_do_not(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, tags=["home"])
    time_machine.shift(60)
    client = as_user(alice)

    assert client.patch(f"/notes/{note.pk}", {"tags": ["home ", "home"]}).json()["version"] == 1
    changed = client.patch(f"/notes/{note.pk}", {"tags": ["work"]}).json()
    assert (changed["version"], changed["updated_at"]) == (2, "2026-01-05T09:01:00Z")


def test_a_revision_keeps_its_tags_and_restores_them(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)
    client.patch(f"/notes/{note.pk}", {"tags": ["work"]})

    assert client.get(f"/notes/{note.pk}/revisions/1").json()["tags"] == ["home"]
    assert client.post(f"/notes/{note.pk}/revisions/1/restore").json()["tags"] == ["home"]


def test_tags_are_listed_by_code_point_with_their_counts(as_user, alice, bob):
    make_note(owner=alice, tags=["b", "home", "Z"])
    make_note(owner=alice, tags=["home", "é", "🏠", "\uff5e"], is_archived=True)
    make_trashed(owner=alice, tags=["home", "trash"])
    make_note(owner=bob, tags=["home", "bob's"])

    response = as_user(alice).get("/tags")

    expected = [("Z", 1), ("b", 1), ("home", 2), ("é", 1), ("\uff5e", 1), ("🏠", 1)]
    assert response.json() == {
        "results": [{"name": name, "count": count} for name, count in expected],
        "next": None,
        "next_cursor": None,
    }


def test_without_tags_the_list_is_empty(as_user, alice):
    make_note(owner=alice)

    assert as_user(alice).get("/tags").json() == {"results": [], "next": None, "next_cursor": None}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_tags_come_in_pages(as_user, alice, limit):
    make_note(owner=alice, tags=["a/b", "'", "%", "é", "z", "🏠"])
    client, found, address = as_user(alice), [], f"/tags?limit={limit}"
    while address:
        response = client.get(address)
        found += [tag["name"] for tag in response.json()["results"]]
        address = response.json()["next"]
        assert ("Link" in response.headers) == bool(address)

    assert found == ["%", "'", "a/b", "z", "é", "🏠"]


def test_an_invalid_parameter_is_rejected(as_user, alice):
    client = as_user(alice)
    queries = ["limit=0", "limit=101", "cursor=x", "ordering=name", "limit=1&limit=2"]

    assert [client.get(f"/tags?{query}").status_code for query in queries] == [400] * 5


def test_a_cursor_is_valid_only_for_its_account_and_list(as_user, alice, bob):
    make_note(owner=alice, tags=["a", "b"])
    client = as_user(alice)
    address = client.get("/tags?limit=1").json()["next"]

    assert invalid_fields(as_user(bob).get(address)) == ["cursor"]
    assert invalid_fields(client.get(address.replace("/tags", "/notes"))) == ["cursor"]


def test_an_unchanged_list_is_not_sent_again(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)
    etag = client.get("/tags").headers["ETag"]

    assert client.get("/tags", headers={"If-None-Match": etag}).status_code == 304
    note.change({"tags": ["work"]})
    assert client.get("/tags", headers={"If-None-Match": etag}).json()["results"] == [{"name": "work", "count": 1}]


@pytest.mark.parametrize("count", [1, 100])
def test_listing_tags_runs_two_queries_for_1_and_for_100_tags(as_user, alice, django_assert_num_queries, count):
    for start in range(0, count, 50):
        make_note(owner=alice, tags=[f"tag {number}" for number in range(start, min(count, start + 50))])
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/tags?limit=100")

    assert len(response.json()["results"]) == count


@given(st.text(max_size=80) | st.text(st.sampled_from("aİ \u0301\u0316\u0344\u2000")))
def test_cleaning_a_tag_twice_changes_nothing(name):
    try:
        cleaned = clean_tag(name)
    except InvalidTag:
        return

    assert clean_tag(cleaned) == cleaned
