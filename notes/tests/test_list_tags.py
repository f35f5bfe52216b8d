"""The ETags of lists: 304 without touching a note, until anything of the account changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clock
from notes.tests.making import make_note

NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
LISTS = ["/notes", "/trash", "/notes/{kept}/revisions"]
BATCH = {"operations": [{"op": "create", "note": {"title": "Bread"}}]}
NAMED = {"If-None-Match": "*"}
WRITES = [
    ("post", "/notes", {"title": "Bread"}, {}),
    ("put", f"/notes/{NOWHERE}", {"title": "Bread"}, NAMED),
    ("put", "/notes/{other}", {"title": "Bread"}, {}),
    ("patch", "/notes/{other}", {"is_pinned": True}, {}),
    ("delete", "/notes/{other}", None, {}),
    ("post", "/notes/{other}/append", {"text": "!"}, {}),
    ("post", "/notes/{other}/edit", {"edits": [{"old": "two", "new": "three"}]}, {}),
    ("post", "/notes/{other}/revisions/3/restore", None, {}),
    ("delete", "/notes/{kept}/revisions/1", None, {}),
    ("post", "/trash/{trashed}/restore", None, {}),
    ("delete", "/trash/{trashed}", None, {}),
    ("delete", "/trash", None, {}),
    ("post", "/notes/batch", BATCH, {}),
    ("post", "/notes/batch", BATCH, {"Idempotency-Key": "one"}),
]
NO_EFFECT = [
    ("post", "/notes", {"title": ""}, {}),
    ("put", "/notes/{other}", {"title": "Bread"}, {"If-Match": '"99"'}),
    ("patch", "/notes/{other}", {}, {}),
    ("delete", f"/notes/{NOWHERE}", None, {}),
    ("post", "/notes/{other}/append", {"text": ""}, {}),
    ("post", "/notes/{other}/edit", {"edits": [{"old": "nowhere", "new": "three"}]}, {}),
    ("delete", "/notes/{kept}/revisions/99", None, {}),
    ("post", "/trash/{kept}/restore", None, {}),
    ("post", "/notes/batch", {"operations": [{"op": "delete", "id": NOWHERE}]}, {}),
    ("get", "/changes", None, {}),
]


def cached(client, path, etag):
    return client.get(path, headers={"If-None-Match": etag})


@pytest.fixture
def ids(alice):
    kept = make_note(owner=alice, content="one").change({"content": "two"})
    other = make_note(owner=alice, content="one").change({"content": "two"})
    return {"kept": kept.pk, "other": other.pk, "trashed": make_note(owner=alice).trash().pk}


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_did_not_change_is_not_sent_again(phone, ids, path):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    response = cached(phone, path, etag)

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_did_not_change_is_not_even_read(phone, ids, path):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    with CaptureQueriesContext(connection) as queries:
        cached(phone, path, etag)

    assert len(queries) == 1
    assert "notes_note" not in queries[0]["sql"]


@pytest.mark.parametrize("weaken", ["W/{}", "{}", '"x", {}', "*"])
@pytest.mark.parametrize("path", LISTS)
def test_the_tag_of_a_list_is_compared_tolerantly(phone, ids, path, weaken):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    assert cached(phone, path, weaken.format(etag)).status_code == 304


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: " ".join(write[:2]))
def test_every_write_changes_the_tag_of_every_list(phone, ids, path, write):
    path, (method, target, body, headers) = path.format(**ids), write
    etag = phone.get(path).headers["ETag"]

    written = getattr(phone, method)(target.format(**ids), body, headers=headers)

    assert written.status_code in (200, 201, 204)
    assert cached(phone, path, etag).status_code == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("write", NO_EFFECT, ids=lambda write: " ".join(write[:2]))
def test_what_has_no_effect_leaves_the_tags(phone, ids, path, write):
    path, (method, target, body, headers) = path.format(**ids), write
    etag = phone.get(path).headers["ETag"]

    getattr(phone, method)(target.format(**ids), body, headers=headers)

    assert cached(phone, path, etag).status_code == 304


@pytest.mark.parametrize("path", ["/notes", "/trash"])
def test_the_tag_of_another_account_never_matches(phone, as_user, bob, path):
    etag = as_user(bob).get(path).headers["ETag"]

    assert Clock.objects.filter(value=0).count() == 2
    assert cached(phone, path, etag).status_code == 200


def test_the_writes_of_others_leave_my_lists(phone, ids, bob):
    etag = phone.get("/notes").headers["ETag"]
    make_note(owner=bob)

    assert cached(phone, "/notes", etag).status_code == 304


@pytest.mark.parametrize("path", ["/notes", "/notes/{other}/revisions"])
def test_the_tag_of_another_list_is_none_of_the_revisions(phone, ids, path):
    etag = phone.get(path.format(**ids)).headers["ETag"]

    assert cached(phone, f"/notes/{ids['kept']}/revisions", etag).status_code == 200


@pytest.mark.parametrize("etag", ["*", '"1"'])
def test_revisions_of_a_note_that_is_not_there_are_not_unchanged(phone, etag):
    assert cached(phone, f"/notes/{NOWHERE}/revisions", etag).status_code == 404


def test_a_list_refuses_its_parameters_before_it_looks_at_tags(phone):
    assert phone.get("/notes?limit=0", headers={"If-None-Match": "*"}).status_code == 400
