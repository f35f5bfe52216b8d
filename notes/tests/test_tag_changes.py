"""PATCH and DELETE /tags/{name}: on every note and the trash, in one tick."""

import pytest

from conftest import START
from notes.models import Note
from notes.tests.factories import clock_of, copies, make_note, make_trashed, rows_of

# Names, and how a path may write them.
PATHS = [
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
]


def tags_of(note):
    note.refresh_from_db()
    return note.tags


def test_a_rename_changes_every_note_and_the_trash_in_one_tick(as_user, alice, time_machine):
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


def test_the_feed_holds_exactly_the_notes_that_a_merge_or_deletion_changed(as_user, alice):
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


def test_deleting_a_tag_removes_it_from_every_note_and_the_trash(as_user, alice, time_machine):
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


def test_a_rename_keeps_no_revision(as_user, alice):
    note = make_note(owner=alice, tags=["home"])

    as_user(alice).patch("/tags/home", {"name": "house"})

    assert not note.revisions.exists()


def test_any_name_can_be_used_in_a_path(as_user, alice):
    note = make_note(owner=alice, tags=["other", *{name for name, _ in PATHS}])
    client = as_user(alice)

    renamed = [client.patch(f"/tags/{path}", {"name": name}) for name, path in PATHS]

    assert [(response.status_code, response.json()["name"]) for response in renamed] == [(200, n) for n, _ in PATHS]
    assert client.delete("/tags/a%2Fb").status_code == 204
    assert "a/b" not in tags_of(note)


@pytest.mark.parametrize("path", ["%20home", "home%20", "%09home%09", "%C2%A0home", "%E3%80%80home%20"])
def test_a_name_in_a_path_is_trimmed_as_everywhere_else(as_user, alice, path):
    note, client = make_note(owner=alice, tags=["home"]), as_user(alice)

    assert client.patch(f"/tags/{path}", {"name": "home"}).json() == {"name": "home", "count": 1}
    assert client.delete(f"/tags/{path}").status_code == 204
    assert tags_of(note) == []


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_tag_that_does_not_exist_returns_404(as_user, alice, method):
    make_note(owner=alice, tags=["home"])
    before, client = (rows_of(alice), clock_of(alice)), as_user(alice)
    paths = ["nowhere", "Home", "hom", "home%20x", "%25", "x" * 300, "..", "%00", "home/"]
    body = {"name": "house"} if method == "patch" else None

    assert [getattr(client, method)(f"/tags/{path}", body).status_code for path in paths] == [404] * len(paths)
    assert (rows_of(alice), clock_of(alice)) == before


def test_an_invalid_rename_is_rejected(as_user, alice):
    make_note(owner=alice, tags=["home"])
    names = ["", " ", "..", None, "x" * 65, 1, "a\x00", ["house"]]
    bodies = [{"name": name} for name in names] + [{}, {"name": "house", "colour": "red"}, [], "house"]
    client = as_user(alice)

    assert [client.patch("/tags/home", body).status_code for body in bodies] == [400] * len(bodies)
    assert client.get("/tags").json()["results"] == [{"name": "home", "count": 1}]


def test_a_rename_accepts_a_merge_patch(as_user, alice):
    make_note(owner=alice, tags=["home"])

    response = as_user(alice).generic("PATCH", "/tags/home", '{"name": "house"}', "application/merge-patch+json")

    assert response.json() == {"name": "house", "count": 1}


def test_the_tags_of_others_do_not_change(as_user, alice, bob):
    make_note(owner=alice, tags=["home"])
    make_note(owner=bob, tags=["home", "secret"])
    before = rows_of(alice), clock_of(alice)
    client = as_user(bob)

    assert client.patch("/tags/home", {"name": "house"}).json() == {"name": "house", "count": 1}
    assert client.delete("/tags/secret").status_code == 204
    assert client.delete("/tags/home").status_code == 404
    assert (rows_of(alice), clock_of(alice)) == before


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_rename_on_600_notes_reads_them_once(as_user, alice, django_assert_max_num_queries, is_guarded):
    Note.objects.bulk_create(copies(alice, 600, tags=["home"]))
    client = as_user(alice)
    headers = {"If-Match": client.get("/tags")["ETag"]} if is_guarded else {}

    with django_assert_max_num_queries(14) as queries:
        assert client.patch("/tags/home", {"name": "house"}, headers=headers).json()["count"] == 600

    assert sum("lost_tags" in query["sql"] for query in queries if query["sql"].startswith("SELECT")) == 1


def test_notes_with_different_tags_keep_the_others(as_user, alice):
    notes = [make_note(owner=alice, tags=[f"tag{number}", "home", "é"]) for number in range(3)]
    as_user(alice).patch("/tags/tag1", {"name": "first"})
    as_user(alice).patch("/tags/home", {"name": "house"})

    assert [tags_of(note) for note in notes] == [[name, "house", "é"] for name in ("tag0", "first", "tag2")]
    assert [len(note.lost_tags) for note in notes] == [1, 2, 1]
