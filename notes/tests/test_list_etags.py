"""The ETags of lists: 304 without reading a note, until anything in the account changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clock
from conftest import NOWHERE
from notes.tests.factories import make_note

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


@pytest.mark.parametrize("path", LISTS)
def test_an_unchanged_list_is_not_sent_again(phone, ids, path):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    response = cached(phone, path, etag)

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize("path", LISTS)
def test_an_unchanged_list_is_not_read(phone, ids, path):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    with CaptureQueriesContext(connection) as queries:
        cached(phone, path, etag)

    assert len(queries) == 1
    assert "notes_note" not in queries[0]["sql"]


@pytest.mark.parametrize("path", LISTS)
def test_a_weak_etag_or_one_in_a_list_matches(phone, ids, path):
    path = path.format(**ids)
    etag = phone.get(path).headers["ETag"]

    statuses = [cached(phone, path, form.format(etag)).status_code for form in ("W/{}", "{}", '"x", {}', "*")]

    assert statuses == [304] * 4


@pytest.mark.parametrize("write", WRITES, ids=lambda write: " ".join(write[:2]))
def test_every_write_changes_the_etag_of_every_list(phone, ids, write):
    etags, (method, path, body, headers) = etags_of_lists(phone, ids), write

    written = getattr(phone, method)(path.format(**ids), body, headers=headers)

    assert written.status_code in (200, 201, 204)
    assert [cached(phone, *each).status_code for each in etags] == [200, 200, 200]


def test_a_request_without_effect_keeps_the_etags(phone, ids, subtests):
    for write in NO_EFFECT:
        with subtests.test(write=write):
            etags, (method, path, body, headers) = etags_of_lists(phone, ids), write

            getattr(phone, method)(path.format(**ids), body, headers=headers)

            assert [cached(phone, *each).status_code for each in etags] == [304, 304, 304]


def etags_of_lists(client, ids):
    paths = [path.format(**ids) for path in LISTS]
    return [(path, client.get(path).headers["ETag"]) for path in paths]


@pytest.mark.parametrize("path", ["/notes", "/trash"])
def test_the_etag_of_another_account_never_matches(phone, as_user, bob, path):
    etag = as_user(bob).get(path).headers["ETag"]

    assert Clock.objects.filter(value=0).count() == 2
    assert cached(phone, path, etag).status_code == 200


def test_the_writes_of_others_keep_the_etags(phone, ids, bob):
    etag = phone.get("/notes").headers["ETag"]
    make_note(owner=bob)

    assert cached(phone, "/notes", etag).status_code == 304


@pytest.mark.parametrize("path", ["/notes", "/notes/{other}/revisions"])
def test_the_etag_of_another_list_does_not_match_revisions(phone, ids, path):
    etag = phone.get(path.format(**ids)).headers["ETag"]

    assert cached(phone, f"/notes/{ids['kept']}/revisions", etag).status_code == 200


@pytest.mark.parametrize("etag", ["*", '"1"'])
def test_the_revisions_of_an_unknown_note_return_404_for_any_etag(phone, etag):
    assert cached(phone, f"/notes/{NOWHERE}/revisions", etag).status_code == 404


def test_a_list_rejects_invalid_parameters_before_it_compares_etags(phone):
    assert phone.get("/notes?limit=0", headers={"If-None-Match": "*"}).status_code == 400
