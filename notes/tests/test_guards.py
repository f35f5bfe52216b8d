"""If-Match on every write, REQUIRE_IF_MATCH, and the ETag of the Markdown representation."""

import itertools

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.factories import clock_of, make_note, make_trashed, rows_of

EDITS = {"edits": [{"old": "two", "new": "three"}]}
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
def strict(settings):
    settings.REQUIRE_IF_MATCH = True


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
@pytest.mark.parametrize("tags", ['"2", "4"', '"2.md", "4.md"'])
def test_a_write_to_the_current_version_succeeds(phone, ids, write, tags):
    assert send(phone, write, ids, If_Match=tags).status_code in (200, 204)


def test_a_write_to_another_version_changes_nothing(phone, ids, alice, subtests):
    for write, tags in itertools.product(WRITES, ['"1", "3"', '"2.txt"']):
        with subtests.test(write=write, tags=tags):
            before = rows_of(alice)

            response = send(phone, write, ids, If_Match=tags)

            assert response.status_code == 412
            assert (rows_of(alice), clock_of(alice)) == (before, 4)


def test_a_failed_precondition_returns_the_current_note(phone, ids, subtests):
    for write in WRITES:
        with subtests.test(write=write):
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


def test_a_precondition_tells_a_stranger_nothing(as_user, mallory, ids, subtests):
    for write in WRITES:
        with subtests.test(write=write):
            response = send(as_user(mallory), write, ids, If_Match='"99"')

            assert response.status_code == 404
            assert "ETag" not in response.headers


def test_a_purge_with_an_old_etag_keeps_the_text(phone, ids):
    send(phone, ("delete", "/trash/{trashed}", None), ids, If_Match='"3"')

    assert Note.objects.get(pk=ids["trashed"]).title == "Milk"


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_a_required_if_match_is_demanded(phone, ids, alice, strict, write):
    responses = [send(phone, write, ids), send(phone, write, ids, If_None_Match='"99"')]

    assert [response.status_code for response in responses] == [428, 428]
    assert responses[0].json()["code"] == "precondition_required"
    assert clock_of(alice) == 4


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_a_required_if_match_allows_the_write(phone, ids, strict, write):
    assert send(phone, write, ids, If_Match='"2", "4"').status_code in (200, 204)


@pytest.mark.parametrize("write", GUARDED, ids=lambda write: " ".join(write[:2]))
def test_a_note_that_does_not_exist_returns_404_before_if_match_is_demanded(phone, strict, write):
    assert send(phone, write, {"kept": NOWHERE, "trashed": NOWHERE}).status_code == 404


def test_creating_with_an_own_id_needs_no_if_match(phone, strict):
    response = phone.put(f"/notes/{NOWHERE}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    assert response.status_code == 201


@pytest.mark.parametrize(
    "write",
    [("post", "/notes", {"title": "Bread"}), *WRITES[:4], ("delete", "/trash", None)],
    ids=lambda write: write[1],
)
def test_other_writes_need_no_if_match(phone, ids, strict, write):
    assert send(phone, write, ids).status_code in (200, 201, 204)


def test_if_match_with_if_none_match_creates_nothing(phone):
    headers = {"If-Match": "*", "If-None-Match": "*"}

    assert phone.put(f"/notes/{NOWHERE}", {"title": "Milk"}, headers=headers).status_code == 404
    assert not Note.objects.exists()


def test_a_note_cannot_match_both_headers(phone, ids):
    headers = {"If-Match": '"2"', "If-None-Match": "*"}

    assert phone.put(f"/notes/{ids['kept']}", {"title": "Bread"}, headers=headers).status_code == 412


def test_the_markdown_of_a_note_has_its_own_etag(phone, ids):
    response = phone.get(f"/notes/{ids['kept']}", headers=MARKDOWN)

    assert response.content == b"two"
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["ETag"] == '"2.md"'


@pytest.mark.parametrize(("accept", "etag"), [("text/markdown", '"2.md"'), ("application/json", '"2"')])
def test_a_known_representation_is_not_sent_again(phone, ids, accept, etag):
    response = phone.get(f"/notes/{ids['kept']}", headers={"Accept": accept, "If-None-Match": etag})

    assert response.status_code == 304


@pytest.mark.parametrize(("accept", "etag"), [("text/markdown", '"2"'), ("application/json", '"2.md"')])
def test_the_etag_of_one_representation_does_not_match_the_other(phone, ids, accept, etag):
    response = phone.get(f"/notes/{ids['kept']}", headers={"Accept": accept, "If-None-Match": etag})

    assert response.status_code == 200


def test_a_write_can_return_markdown(phone, ids):
    response = phone.patch(f"/notes/{ids['kept']}", {"content": "three"}, headers=MARKDOWN)

    assert (response.content, response.headers["ETag"]) == (b"three", '"5.md"')


def test_an_error_is_a_problem_even_if_markdown_is_accepted(phone, ids):
    response = phone.patch(f"/notes/{ids['kept']}", {"title": ""}, headers=MARKDOWN)

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
