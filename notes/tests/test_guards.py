"""If-Match on every way to write, REQUIRE_IF_MATCH, and the tag of the Markdown representation."""

import pytest

from notes.models import Note
from notes.tests.making import clock_of, make_note, make_trashed, rows_of

EDITS = {"edits": [{"old": "two", "new": "three"}]}
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
# On a note of version 2 with a revision 1, and a trashed one of version 4.
WRITES = [
    ("post", "/notes/{kept}/append", {"text": "!"}),
    ("post", "/notes/{kept}/edit", EDITS),
    ("post", "/notes/{kept}/revisions/1/restore", None),
    ("post", "/trash/{trashed}/restore", None),
    ("delete", "/trash/{trashed}", None),
]
GUARDED = [
    ("put", "/notes/{kept}", {"title": "Bread"}),
    ("patch", "/notes/{kept}", {"title": "Bread"}),
    ("delete", "/notes/{kept}", None),
    ("delete", "/trash/{trashed}", None),
]
MARKDOWN = {"Accept": "text/markdown"}


def send(client, write, ids, **headers):
    method, path, body = write
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(client, method)(path.format(**ids), body, headers=headers)


@pytest.fixture
def ids(alice):
    kept = make_note(owner=alice, content="one").change({"content": "two"})
    return {"kept": kept.pk, "trashed": make_trashed(owner=alice).pk}


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def strict(settings):
    settings.REQUIRE_IF_MATCH = True


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
@pytest.mark.parametrize("tags", ['"2", "4"', 'W/"2", W/"4"', "2, 4", "*", '"2.md", "4.md"'])
def test_a_write_to_the_version_it_names_is_done(phone, ids, write, tags):
    assert send(phone, write, ids, If_Match=tags).status_code in (200, 204)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
@pytest.mark.parametrize("tags", ['"1", "3"', "", '""', '"2.txt"'])
def test_a_write_to_another_version_is_not_done(phone, ids, alice, write, tags):
    before = rows_of(alice)

    response = send(phone, write, ids, If_Match=tags)

    assert response.status_code == 412
    assert (rows_of(alice), clock_of(alice)) == (before, 4)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
def test_a_write_that_is_not_done_shows_the_note_as_it_is(phone, ids, write):
    response = send(phone, write, ids, If_Match='"99"')

    shown = phone.get(
        write[1]
        .format(**ids)
        .removesuffix("/restore")
        .partition("/revisions")[0]
        .removesuffix("/append")
        .removesuffix("/edit")
    )
    assert response.json()["current"] == shown.json()
    assert response.headers["ETag"] == shown.headers["ETag"]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
def test_a_stranger_is_told_nothing_by_a_precondition(as_user, mallory, ids, write):
    response = send(as_user(mallory), write, ids, If_Match='"99"')

    assert response.status_code == 404
    assert "ETag" not in response.headers


def test_a_purge_with_a_stale_tag_leaves_the_text(phone, ids):
    send(phone, ("delete", "/trash/{trashed}", None), ids, If_Match='"3"')

    assert Note.objects.get(pk=ids["trashed"]).title == "Milk"


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_where_it_is_required_a_write_without_if_match_is_refused(phone, ids, alice, strict, write):
    response = send(phone, write, ids)

    assert response.status_code == 428
    assert response.json()["code"] == "precondition_required"
    assert clock_of(alice) == 4


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_where_it_is_required_if_none_match_names_no_version(phone, ids, strict, write):
    assert send(phone, write, ids, If_None_Match='"99"').status_code == 428


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_where_it_is_required_a_write_with_if_match_is_done(phone, ids, strict, write):
    assert send(phone, write, ids, If_Match='"2", "4"').status_code in (200, 204)


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_where_it_is_required_what_is_not_there_is_not_there(phone, strict, write):
    assert send(phone, write, {"kept": NOWHERE, "trashed": NOWHERE}).status_code == 404


def test_where_it_is_required_a_client_may_name_its_notes(phone, strict):
    response = phone.put(f"/notes/{NOWHERE}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 201


@pytest.mark.parametrize(
    "write",
    [("post", "/notes", {"title": "Bread"}), *WRITES[:4], ("delete", "/trash", None)],
    ids=lambda write: write[1],
)
def test_where_it_is_required_other_writes_need_no_version(phone, ids, strict, write):
    assert send(phone, write, ids).status_code in (200, 201, 204)


def test_nothing_is_created_where_a_version_is_named(phone):
    headers = {"If-Match": "*", "If-None-Match": "*"}

    assert phone.put(f"/notes/{NOWHERE}", {"title": "Milk"}, headers=headers).status_code == 404
    assert not Note.objects.exists()


def test_no_version_is_there_and_not_there(phone, ids):
    headers = {"If-Match": '"2"', "If-None-Match": "*"}

    assert phone.put(f"/notes/{ids['kept']}", {"title": "Bread"}, headers=headers).status_code == 412


def test_the_markdown_of_a_note_has_a_tag_of_its_own(phone, ids):
    response = phone.get(f"/notes/{ids['kept']}", headers=MARKDOWN)

    assert response.content == b"two"
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["ETag"] == '"2.md"'


@pytest.mark.parametrize(("accept", "etag"), [("text/markdown", '"2.md"'), ("application/json", '"2"')])
def test_a_representation_that_is_known_is_not_sent_again(phone, ids, accept, etag):
    response = phone.get(f"/notes/{ids['kept']}", headers={"Accept": accept, "If-None-Match": etag})

    assert response.status_code == 304


@pytest.mark.parametrize(("accept", "etag"), [("text/markdown", '"2"'), ("application/json", '"2.md"')])
def test_a_representation_is_not_known_by_the_tag_of_the_other(phone, ids, accept, etag):
    response = phone.get(f"/notes/{ids['kept']}", headers={"Accept": accept, "If-None-Match": etag})

    assert response.status_code == 200


def test_a_write_may_be_answered_in_markdown(phone, ids):
    response = phone.patch(f"/notes/{ids['kept']}", {"content": "three"}, headers=MARKDOWN)

    assert (response.content, response.headers["ETag"]) == (b"three", '"5.md"')


def test_a_refusal_is_a_problem_for_whom_reads_markdown_too(phone, ids):
    response = phone.patch(f"/notes/{ids['kept']}", {"title": ""}, headers=MARKDOWN)

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
