"""Tags on notes, and GET, PATCH and DELETE /tags."""

import pytest

from notes.models import Note
from notes.tests.lists import refused
from notes.tests.making import clock_of, make_note, make_trashed, rows_of

START = "2026-01-05T09:00:00Z"
FIFTY = [f"tag {number}" for number in range(50)]


def tags_of(note):
    note.refresh_from_db()
    return note.tags


def counts(client, query=""):
    response = client.get(f"/tags{query}")
    assert response.status_code == 200
    return {tag["name"]: tag["count"] for tag in response.json()["results"]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
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
    ],
)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_tags_are_kept_in_order_trimmed_composed_and_once(as_user, alice, method, given, kept):
    client = as_user(alice)
    path = "/notes" if method == "post" else f"/notes/{make_note(owner=alice).pk}"

    response = getattr(client, method)(path, {"title": "Milk", "tags": given})

    assert response.json()["tags"] == kept
    assert client.get(f"/notes/{response.json()['id']}").json()["tags"] == kept


@pytest.mark.parametrize(
    "tags",
    ["home", {"home": 1}, 1, [1], [None], [["a"]], [True], [""], [" "], ["."], [".."], [" .. "], ["x" * 65], ["a\nb"],
     ["a\x00b"], ["\x7f"], [*FIFTY, "one more"]],
)  # fmt: skip
def test_what_cannot_be_tags_is_refused(as_user, alice, tags):
    response = as_user(alice).post("/notes", {"title": "Milk", "tags": tags})

    assert response.status_code == 400
    assert not Note.objects.exists()


def test_null_takes_all_tags_off_in_a_patch_only(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)

    assert refused(client.put(f"/notes/{note.pk}", {"title": "Milk", "tags": None})) == ["tags"]
    assert client.patch(f"/notes/{note.pk}", {"tags": None}).json()["tags"] == []


def test_put_without_tags_takes_them_off_and_patch_leaves_them(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)

    assert client.patch(f"/notes/{note.pk}", {"title": "Tea"}).json()["tags"] == ["home"]
    assert client.put(f"/notes/{note.pk}", {"title": "Tea"}).json()["tags"] == []


def test_setting_tags_on_a_note_moves_its_time_and_setting_the_same_does_not(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, tags=["home"])
    time_machine.shift(60)
    client = as_user(alice)

    assert client.patch(f"/notes/{note.pk}", {"tags": ["home ", "home"]}).json()["version"] == 1
    changed = client.patch(f"/notes/{note.pk}", {"tags": ["work"]}).json()
    assert (changed["version"], changed["updated_at"]) == (2, "2026-01-05T09:01:00Z")


def test_an_earlier_text_keeps_its_tags_and_brings_them_back(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)
    client.patch(f"/notes/{note.pk}", {"tags": ["work"]})

    assert client.get(f"/notes/{note.pk}/revisions/1").json()["tags"] == ["home"]
    assert client.post(f"/notes/{note.pk}/revisions/1/restore").json()["tags"] == ["home"]


def test_tags_are_listed_with_counts_by_code_point(as_user, alice, bob):
    make_note(owner=alice, tags=["b", "home", "Z"])
    make_note(owner=alice, tags=["home", "é", "🏠", "\uff5e"], is_archived=True)
    make_trashed(owner=alice, tags=["home", "trash"])
    make_note(owner=bob, tags=["home", "bob's"])

    response = as_user(alice).get("/tags")

    expected = [("Z", 1), ("b", 1), ("home", 2), ("é", 1), ("\uff5e", 1), ("🏠", 1)]
    assert response.json() == {"results": [{"name": name, "count": count} for name, count in expected], "next": None}


def test_without_tags_the_list_is_empty(as_user, alice):
    make_note(owner=alice)

    assert as_user(alice).get("/tags").json() == {"results": [], "next": None}


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


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "ordering=name", "limit=1&limit=2"])
def test_a_bad_parameter_is_refused(as_user, alice, query):
    assert as_user(alice).get(f"/tags?{query}").status_code == 400


def test_a_cursor_is_of_this_account_and_this_list(as_user, alice, bob):
    make_note(owner=alice, tags=["a", "b"])
    client = as_user(alice)
    address = client.get("/tags?limit=1").json()["next"]

    assert refused(as_user(bob).get(address)) == ["cursor"]
    assert refused(client.get(address.replace("/tags", "/notes"))) == ["cursor"]


def test_an_unchanged_list_is_not_sent_again(as_user, alice):
    note = make_note(owner=alice, tags=["home"])
    client = as_user(alice)
    etag = client.get("/tags").headers["ETag"]

    assert client.get("/tags", headers={"If-None-Match": etag}).status_code == 304
    note.change({"tags": ["work"]})
    assert client.get("/tags", headers={"If-None-Match": etag}).json()["results"] == [{"name": "work", "count": 1}]


def test_a_rename_reaches_every_note_and_the_trash_in_one_tick(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    one = make_note(owner=alice, tags=["a", "home", "b"])
    two = make_note(owner=alice, tags=["home"], is_archived=True)
    gone = make_trashed(owner=alice, tags=["home"])
    other = make_note(owner=alice, tags=["homes"])
    before = clock_of(alice)
    time_machine.shift(60)
    client = as_user(alice)

    response = client.patch("/tags/home", {"name": " house "})

    assert response.status_code == 200
    assert response.json() == {"name": "house", "count": 2}
    assert [tags_of(note) for note in (one, two, gone, other)] == [["a", "house", "b"], ["house"], ["house"], ["homes"]]
    assert clock_of(alice) == before + 1
    assert {note.version for note in (one, two, gone)} == {before + 1}
    assert one.updated_at == other.updated_at
    assert client.post(f"/trash/{gone.pk}/restore").json()["tags"] == ["house"]


def test_every_renamed_note_is_in_the_feed(as_user, alice):
    one, gone = make_note(owner=alice, tags=["home"]), make_trashed(owner=alice, tags=["home"])
    client = as_user(alice)
    cursor = client.get("/changes?since=now").json()["next"]

    client.patch("/tags/home", {"name": "house"})

    changes = client.get("/changes", {"since": cursor}).json()["changes"]
    assert {(change["op"], change["note"]["id"], *change["note"]["tags"]) for change in changes} == {
        ("upsert", str(one.pk), "house"),
        ("trash", str(gone.pk), "house"),
    }


def test_every_note_that_is_merged_or_loses_a_tag_is_in_the_feed_and_no_other(as_user, alice):
    one, both, other = (make_note(owner=alice, tags=tags) for tags in (["home"], ["home", "house"], ["house"]))
    client = as_user(alice)
    start = client.get("/changes?since=now").json()["next"]

    client.patch("/tags/home", {"name": "house"})
    merged = client.get("/changes", {"since": start}).json()
    client.delete("/tags/house")
    deleted = client.get("/changes", {"since": merged["next"]}).json()

    assert tags_by_id(merged) == {str(one.pk): ["house"], str(both.pk): ["house"]}
    assert tags_by_id(deleted) == {str(one.pk): [], str(both.pk): [], str(other.pk): []}


def tags_by_id(feed):
    return {change["note"]["id"]: change["note"]["tags"] for change in feed["changes"]}


def test_a_rename_onto_another_tag_merges_them(as_user, alice):
    both = make_note(owner=alice, tags=["a", "home", "b", "house"])
    one = make_note(owner=alice, tags=["house"])
    client = as_user(alice)

    response = client.patch("/tags/home", {"name": "house"})

    assert response.json() == {"name": "house", "count": 2}
    assert (tags_of(both), tags_of(one)) == (["a", "house", "b"], ["house"])
    assert one.version == 2


@pytest.mark.parametrize("name", ["home", " home "])
def test_a_rename_to_the_same_name_changes_nothing(as_user, alice, name):
    make_note(owner=alice, tags=["home"])
    before, clock = rows_of(alice), clock_of(alice)

    response = as_user(alice).patch("/tags/home", {"name": name})

    assert response.json() == {"name": "home", "count": 1}
    assert (rows_of(alice), clock_of(alice)) == (before, clock)


def test_deleting_a_tag_takes_it_off_every_note_and_the_trash(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note, gone = make_note(owner=alice, tags=["a", "home"]), make_trashed(owner=alice, tags=["home"])
    before = clock_of(alice)
    time_machine.shift(60)
    client = as_user(alice)

    response = client.delete("/tags/home")

    assert (response.status_code, response.content) == (204, b"")
    assert (tags_of(note), tags_of(gone)) == (["a"], [])
    assert clock_of(alice) == before + 1
    assert note.updated_at == note.created_at
    assert client.delete("/tags/home").status_code == 404


def test_a_rename_keeps_no_earlier_text(as_user, alice):
    note = make_note(owner=alice, tags=["home"])

    as_user(alice).patch("/tags/home", {"name": "house"})

    assert not note.revisions.exists()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a/b", "a/b"),
        ("/", "%2F"),
        ("a//b", "a%2F%2Fb"),
        ("%", "%25"),
        ("%2F", "%252F"),
        ("a?b#c", "a%3Fb%23c"),
        ("é", "%C3%A9"),
        ("é", "e%CC%81"),
        ("🏠", "%F0%9F%8F%A0"),
        ("...", "..."),
        ("x" * 64, "x" * 64),
        ("'\"\\", "%27%22%5C"),
        ("+", "+"),
    ],
)
def test_any_name_can_be_put_into_a_path(as_user, alice, name, path):
    note = make_note(owner=alice, tags=[name, "other"])

    response = as_user(alice).delete(f"/tags/{path}")

    assert response.status_code == 204
    assert tags_of(note) == ["other"]


@pytest.mark.parametrize("path", ["nowhere", "Home", "hom", "home%20x", "%25", "x" * 300, "..", "%00", "home/"])
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_tag_that_is_not_there_is_not_found(as_user, alice, method, path):
    make_note(owner=alice, tags=["home"])
    before = rows_of(alice), clock_of(alice)

    response = getattr(as_user(alice), method)(f"/tags/{path}", {"name": "house"} if method == "patch" else None)

    assert response.status_code == 404
    assert (rows_of(alice), clock_of(alice)) == before


@pytest.mark.parametrize("name", ["", " ", "..", None, "x" * 65, 1, "a\x00", ["house"]])
def test_a_name_that_cannot_be_is_refused(as_user, alice, name):
    make_note(owner=alice, tags=["home"])

    assert as_user(alice).patch("/tags/home", {"name": name}).status_code == 400
    assert counts(as_user(alice)) == {"home": 1}


@pytest.mark.parametrize("body", [{}, {"name": "house", "colour": "red"}, [], "house"])
def test_a_rename_takes_a_name_and_nothing_else(as_user, alice, body):
    make_note(owner=alice, tags=["home"])

    assert as_user(alice).patch("/tags/home", body).status_code == 400


def test_a_rename_takes_a_merge_patch(as_user, alice):
    make_note(owner=alice, tags=["home"])

    response = as_user(alice).generic("PATCH", "/tags/home", '{"name": "house"}', "application/merge-patch+json")

    assert response.json() == {"name": "house", "count": 1}


def test_the_tags_of_others_are_untouched(as_user, alice, bob):
    make_note(owner=alice, tags=["home"])
    make_note(owner=bob, tags=["home", "secret"])
    before = rows_of(alice), clock_of(alice)
    client = as_user(bob)

    assert client.patch("/tags/home", {"name": "house"}).json() == {"name": "house", "count": 1}
    assert client.delete("/tags/secret").status_code == 204
    assert client.delete("/tags/home").status_code == 404
    assert (rows_of(alice), clock_of(alice)) == before


@pytest.mark.parametrize("count", [1, 100])
def test_listing_tags_takes_two_queries(as_user, alice, django_assert_num_queries, count):
    for start in range(0, count, 50):
        make_note(owner=alice, tags=[f"tag {number}" for number in range(start, min(count, start + 50))])
    client = as_user(alice)

    with django_assert_num_queries(2):
        assert len(counts(client, "?limit=100")) == count


def test_renaming_on_many_notes_takes_few_statements(as_user, alice, django_assert_max_num_queries):
    Note.objects.bulk_create([Note(owner=alice, title="Milk", version=1, tags=["home"], **times()) for _ in range(600)])
    client = as_user(alice)

    with django_assert_max_num_queries(12):
        assert client.patch("/tags/home", {"name": "house"}).json()["count"] == 600


def times():
    return {"created_at": START, "updated_at": START}
