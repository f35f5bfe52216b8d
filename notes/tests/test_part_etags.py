"""The tags of parts of notes: `If-None-Match` compares the part, `If-Match` the version."""

import itertools

import pytest

from notes.tests.factories import make_note

NOTE = "id,owner_id,title,content,tags,is_pinned,is_archived,version,created_at,updated_at"


@pytest.fixture
def ids(alice):
    return {"note": make_note(owner=alice).pk}


def etag_of(phone, ids, query):
    return phone.get(f"/notes/{ids['note']}{query}").headers["ETag"]


def test_each_selection_has_a_tag_of_its_own(phone, ids):
    queries = ["", "?fields=id", "?fields=title", "?fields=id,title", "?fields=title,id", "?fields=id,title,content"]

    etags = [etag_of(phone, ids, query) for query in queries]

    assert etags[3] == etags[4]
    assert len(set(etags)) == 5
    assert all(etag.startswith('"1') for etag in etags)


def test_a_client_that_knows_a_part_gets_304_for_this_part_only(phone, ids, subtests):
    for known, asked in itertools.product(
        ["", "?fields=id", "?fields=id,title"], ["", "?fields=id", "?fields=id,title"]
    ):
        with subtests.test(known=known, asked=asked):
            etag = etag_of(phone, ids, known)

            response = phone.get(f"/notes/{ids['note']}{asked}", headers={"If-None-Match": etag})

            assert response.status_code == (304 if known == asked else 200)
            assert (response.content == b"") is (known == asked)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"9", {}', '{}, "9"'])
@pytest.mark.parametrize("fields", ["id", "title,version", NOTE])
def test_the_tag_of_a_part_guards_a_write(phone, ids, fields, form):
    path = f"/notes/{ids['note']}"
    etag = form.format(etag_of(phone, ids, f"?fields={fields}"))

    assert phone.patch(path, {"title": "Bread"}, headers={"If-Match": etag}).status_code == 200
    assert phone.patch(path, {"title": "Jam"}, headers={"If-Match": etag}).status_code == 412
    assert phone.patch(path, {"title": "Jam"}, headers={"If-Match": etag.replace('"1.', '"11.')}).status_code == 412


def test_any_other_tag_is_not_that_of_a_part(phone, ids, subtests):
    for etag in ['"1.g3"', '"1.f"', '"1.x"', '".f3"', '"1.f3.f3x"', '"11.f3"', '"1f3"']:
        with subtests.test(etag=etag):
            response = phone.patch(f"/notes/{ids['note']}", {"title": "Bread"}, headers={"If-Match": etag})

            assert response.status_code == 412


def test_a_list_has_the_tag_of_the_account_whatever_it_contains(phone, ids):
    etag = phone.get("/notes?fields=id").headers["ETag"]

    assert etag == phone.get("/notes").headers["ETag"]
    assert phone.get("/notes?fields=id", headers={"If-None-Match": etag}).status_code == 304
