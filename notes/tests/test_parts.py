"""`fields`: a response contains only these members, and the database reads no others that may be long."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOWHERE
from notes.lists.page import SHORT
from notes.models import Note
from notes.tests.factories import make_note, make_trashed
from notes_api.tests.responses import field_errors

NOTE = ["id", "owner_id", "title", "content", "tags", "is_pinned", "is_archived", "version", "created_at", "updated_at"]
NOTE += ["changed_by"]
LISTED, TRASHED = [*NOTE, "match"], [*NOTE, "trashed_at"]
CHOICES = {
    "/notes": LISTED,
    "/notes?q=milk": LISTED,
    "/notes/{note}": NOTE,
    "/trash": TRASHED,
    "/trash/{trashed}": TRASHED,
    "/changes": TRASHED,
}
SELECTIONS = ["id", "title", "id,title,version", "version,id", "tags,content", "is_pinned,is_archived", "updated_at,id"]
SELECTIONS += [",".join(NOTE)]
UNKNOWN = ["", "colour", "id,", ",", "id, title", "Title", "id;title", "*", "purged_at", "id%00"]


@pytest.fixture
def ids(alice):
    note = make_note(owner=alice, title="Milk", content="two litres of milk", tags=["home"])
    trashed = make_trashed(owner=alice, title="Bread", content="a loaf", tags=["shop"])
    return {"note": note.pk, "trashed": trashed.pk}


def address(path, ids, fields):
    return f"{path}{'&' if '?' in path else '?'}fields={fields}".format(**ids)


def notes_in(body):
    """Return the notes in a list, in the feed, or the one note."""
    if "changes" in body:
        return [change["note"] for change in body["changes"] if "note" in change]
    return body.get("results", [body])


def selects(path, phone, ids, fields):
    """Return the SQL of the request that reads notes."""
    with CaptureQueriesContext(connection) as queries:
        assert phone.get(address(path, ids, fields)).status_code == 200
    return [query["sql"] for query in queries if "notes_note" in query["sql"]]


def test_a_part_has_the_values_of_the_whole(phone, ids, subtests):
    for path, fields in itertools.product(CHOICES, SELECTIONS):
        with subtests.test(path=path, fields=fields):
            whole = notes_in(phone.get(path.format(**ids)).json())

            part = notes_in(phone.get(address(path, ids, fields)).json())

            assert part == [{name: note[name] for name in fields.split(",")} for note in whole] != []


def test_a_part_keeps_the_order_of_the_whole_and_repeats_nothing(phone, ids):
    bodies = {path: phone.get(address(path, ids, "version,title,id,title,version")).json() for path in CHOICES}

    assert {tuple(notes_in(body)[0]) for body in bodies.values()} == {("id", "title", "version")}


def test_a_parameter_may_be_repeated_as_generated_clients_do(phone, ids):
    body = phone.get("/notes?fields=version&fields=id,title&fields=id").json()

    assert [list(note) for note in body["results"]] == [["id", "title", "version"]]


def test_an_unknown_field_is_rejected_and_the_choices_are_named(phone, ids, subtests):
    for path, choices in CHOICES.items():
        with subtests.test(path=path):
            errors = {fields: phone.get(address(path, ids, fields)).json().get("errors") for fields in UNKNOWN}

            message = f"Unknown field; choose from {', '.join(choices)}."
            error = {"field": "fields", "code": "unknown", "message": message}
            assert {fields: found for fields, found in errors.items() if found != [error]} == {}


def test_other_operations_have_no_fields(phone, ids):
    paths = ["/tags", "/sessions", "/notes/{note}/revisions", "/users/me", "/tokens"]

    errors = {path: field_errors(phone.get(address(path, ids, "id"))) for path in paths}

    assert {path: found for path, found in errors.items() if found != [("fields", "unknown")]} == {}


def test_a_write_has_no_fields(phone, ids):
    for write in (phone.put, phone.patch, phone.delete):
        response = write(address("/notes/{note}", ids, "id"), {"title": "Bread"})

        assert field_errors(response) == [("fields", "unknown")]
        assert Note.objects.get(pk=ids["note"]).title == "Milk"


READ = [
    ("id,version", set(), {"title", "content", "tags"}),
    ("id,title", {"title"}, {"content", "tags"}),
    ("tags", {"tags"}, {"title", "content"}),
    ("content", {"content"}, {"title", "tags"}),
    ("is_pinned", set(), {"title", "content", "tags"}),
]


def test_the_database_reads_no_text_that_was_not_requested(phone, ids, subtests):
    for path, (fields, read, unread) in itertools.product(CHOICES.keys() - {"/notes?q=milk"}, READ):
        with subtests.test(path=path, fields=fields):
            [sql] = selects(path, phone, ids, fields)
            columns = sql.partition(" FROM ")[0]

            assert {name for name in read | unread if f'"{name}"' in columns} == read


def test_a_search_without_matches_reads_no_text_to_show_them(phone, ids):
    for sql in selects("/notes?q=milk", phone, ids, "id,title"):
        assert '"content"' not in sql.partition(" FROM ")[0]
        assert '"content_words"' not in sql.partition(" FROM ")[0]


def test_a_search_shows_matches_only_if_they_were_requested(phone, ids):
    whole = phone.get("/notes?q=milk").json()["results"][0]

    assert phone.get("/notes?q=milk&fields=id,match").json()["results"] == [
        {"id": whole["id"], "match": whole["match"]}
    ]
    assert phone.get("/notes?q=milk&fields=match").json()["results"] == [{"match": whole["match"]}]
    assert phone.get("/notes?q=milk&fields=id").json()["results"] == [{"id": whole["id"]}]
    assert phone.get("/notes?fields=id,match").json()["results"] == [{"id": whole["id"]}]


MATCH_ALONE = ["fields=match", "fields=match&q=", "q=%20&fields=match", "fields=match,match", "fields=match&count=true"]


def test_a_match_alone_needs_a_search(phone, ids):
    for query in MATCH_ALONE:
        [error] = phone.get(f"/notes?{query}").json()["errors"]
        assert (error["field"], error["code"], "`q`" in error["message"]) == ("fields", "invalid", True), query


def test_a_long_note_is_read_in_part(phone, alice, subtests):
    make_note(owner=alice, title="Long", content="litres " * SHORT, tags=["home"])

    selections = ["id", "content", "id,match", "title,content,match", "tags"]
    for fields, query in itertools.product(selections, ["", "q=litres&", "q=litres&ordering=title&"]):
        with subtests.test(fields=fields, query=query):
            [whole] = phone.get(f"/notes?{query}").json()["results"]
            [part] = phone.get(f"/notes?{query}fields={fields}").json()["results"]

            assert part == {name: whole[name] for name in whole if name in fields.split(",")}


def test_one_long_note_is_read_in_part(phone, alice):
    path = f"/notes/{make_note(owner=alice, title='Long', content='litres ' * SHORT).pk}"
    whole = phone.get(path).json()

    for fields in (["content"], ["id"], ["title", "content"]):
        part = phone.get(f"{path}?fields={','.join(fields)}").json()
        assert part == {name: whole[name] for name in fields}


def test_a_page_of_long_notes_is_as_long_as_its_limit_if_their_content_is_not_requested(phone, alice, monkeypatch):
    monkeypatch.setattr("notes.lists.page.PAGE_MAX_BYTES", 1000)
    for _ in range(4):
        make_note(owner=alice, content="x" * 600)

    assert len(phone.get("/notes").json()["results"]) == 1
    assert len(phone.get("/notes?fields=id,title").json()["results"]) == 4


def test_pages_of_parts_follow_each_other(phone, alice, subtests):
    for number in range(5):
        make_note(owner=alice, title=f"Note {number}")

    for ordering in ["title", "-title", "updated_at", "-created_at"]:
        with subtests.test(ordering=ordering):
            whole = [note["id"] for note in phone.get(f"/notes?ordering={ordering}").json()["results"]]
            found, following = [], f"/notes?ordering={ordering}&limit=2&fields=id"

            while following:
                body = phone.get(following).json()
                found += [note["id"] for note in body["results"]]
                following = body["next"]

            assert found == whole


def test_a_cursor_does_not_depend_on_the_fields(phone, alice):
    for number in range(3):
        make_note(owner=alice, title=f"Note {number}")
    following = phone.get("/notes?ordering=title&limit=2&fields=id").json()["next"]

    for address in (following.replace("fields=id", "fields=title,version"), following.replace("&fields=id", "")):
        assert [note["title"] for note in phone.get(address).json()["results"]] == ["Note 2"]


def test_a_cursor_of_the_feed_does_not_depend_on_the_fields(phone, ids):
    whole, part = phone.get("/changes?limit=1").json(), phone.get("/changes?limit=1&fields=id").json()

    assert part["next"] == whole["next"]
    assert [
        change["note"]["id"] for change in phone.get(f"/changes?since={part['next']}&fields=id").json()["changes"]
    ] == [str(ids["trashed"])]


def test_the_feed_always_says_which_note_was_purged(phone, ids):
    phone.delete("/trash")

    changes = phone.get("/changes?fields=title").json()["changes"]

    assert [list(change) for change in changes] == [["op", "note"], ["op", "id", "version", "deleted_at", "changed_by"]]
    assert changes[0] == {"op": "upsert", "note": {"title": "Milk"}}


def test_trashed_at_is_only_in_the_parts_of_trashed_notes(phone, ids):
    changes = phone.get("/changes?fields=id,trashed_at").json()["changes"]
    assert [list(change["note"]) for change in changes] == [["id"], ["id", "trashed_at"]]


def test_a_stranger_sees_no_part(as_user, mallory, ids, subtests):
    for path in ["/notes/{note}", "/trash/{trashed}", f"/notes/{NOWHERE}"]:
        with subtests.test(path=path):
            response = as_user(mallory).get(address(path, ids, "id"))

            assert response.status_code == 404
            assert "ETag" not in response.headers


def test_a_token_that_cannot_read_sees_no_part(by_token, alice, ids):
    adder = by_token(alice, "notes:append")

    assert [adder.get(address(path, ids, "id")).status_code for path in CHOICES] == [403] * len(CHOICES)


def test_a_part_is_read_with_as_many_queries_as_the_whole(phone, ids, subtests):
    for path in ["/notes", "/notes/{note}", "/changes", "/notes?q=milk"]:
        with subtests.test(path=path):
            with CaptureQueriesContext(connection) as whole:
                phone.get(path.format(**ids))
            with CaptureQueriesContext(connection) as part:
                phone.get(address(path, ids, "id,content"))

            assert len(part) == len(whole)
