"""A token with only `notes:append` adds to notes and learns nothing of their text."""

import pytest

from notes.models import Note, Revision, StoredAnswer
from notes.tests.append_only import BODY, MINE, SECRETS, form, note, purged, tells_nothing, trashed
from notes.tests.factories import clock_of, make_note, rows_of

__all__ = ["form", "note", "purged", "trashed"]

MARKDOWN = {"Accept": "text/markdown"}


def test_creating_a_note_returns_only_id_and_version(form):
    response = form.post("/notes", BODY)

    note = Note.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": str(note.pk), "version": 1}
    assert (response.headers["ETag"], response.headers["Location"]) == ('"1"', f"/notes/{note.pk}")
    assert (note.title, note.content, note.written_by) == ("Bread", "rye\n", form.token_row.pk)


def test_creating_with_an_own_id_returns_only_id_and_version(form):
    response = form.put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*"})

    assert (response.status_code, response.json()) == (201, {"id": MINE, "version": 1})
    assert (response.headers["ETag"], response.headers["Location"]) == ('"1"', f"/notes/{MINE}")


def test_appending_returns_only_id_and_version(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"})

    assert (response.status_code, response.json()) == (200, {"id": str(note.pk), "version": 2})
    assert response.headers["ETag"] == '"2"'
    assert Note.objects.get().content == "two litres\neggs\n"


def test_appending_nothing_returns_only_id_and_version(form, note):
    assert form.post(f"/notes/{note.pk}/append", {"text": ""}).json() == {"id": str(note.pk), "version": 1}


def test_the_text_before_an_append_is_kept_as_a_revision(form, note):
    form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"})

    assert Revision.objects.get().content == "two litres\n"


@pytest.mark.parametrize("accept", ["text/markdown", "text/markdown, application/json;q=0.5", "*/*"])
def test_markdown_is_never_returned(form, note, accept):
    appended = form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"}, headers={"Accept": "application/json"})
    created = form.put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*", "Accept": accept})

    assert appended.json() == {"id": str(note.pk), "version": 2}
    assert created.json() == {"id": MINE, "version": 3}
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["ETag"] == '"3"'


def test_markdown_can_be_appended(form, note):
    response = form.generic("POST", f"/notes/{note.pk}/append", "eggs\n", content_type="text/markdown")

    assert (response.status_code, response.json()) == (200, {"id": str(note.pk), "version": 2})


@pytest.mark.parametrize("state", ["note", "trashed", "purged"])
def test_creating_an_existing_note_returns_only_its_version(form, request, alice, state):
    found = request.getfixturevalue(state)
    before, version = rows_of(alice), Note.objects.get(pk=found.pk).version

    response = form.put(f"/notes/{found.pk}", BODY, headers={"If-None-Match": "*", **MARKDOWN})

    assert response.status_code == 412
    assert response.json()["current"] == {"id": str(found.pk), "version": version}
    assert response.headers["ETag"] == f'"{version}"'
    assert tells_nothing(response)
    assert rows_of(alice) == before


def test_appending_to_another_version_returns_only_the_current_version(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": "!"}, headers={"If-Match": '"9"'})

    assert response.status_code == 412
    assert response.json()["current"] == {"id": str(note.pk), "version": 1}
    assert tells_nothing(response)


@pytest.mark.parametrize("state", ["trashed", "purged"])
def test_appending_to_a_deleted_note_returns_404(form, request, state):
    found = request.getfixturevalue(state)

    response = form.post(f"/notes/{found.pk}/append", {"text": "!"})

    assert response.status_code == 404
    assert tells_nothing(response)


def test_the_id_of_another_users_note_is_unavailable(form, bob):
    theirs = make_note(owner=bob, title="Milk", content="two litres\n")

    response = form.put(f"/notes/{theirs.pk}", BODY, headers={"If-None-Match": "*"})

    assert (response.status_code, response.json()["code"]) == (409, "id_unavailable")
    assert "ETag" not in response.headers
    assert tells_nothing(response)


CONDITIONS = [
    {},
    {"If-Match": '"1"'},
    {"If-Match": "*"},
    {"If-None-Match": '"9"'},
    {"If-Match": "*", "If-None-Match": "*"},
]


def test_replacing_a_note_is_forbidden(form, alice, note, subtests):
    for headers in CONDITIONS:
        with subtests.test(headers=headers):
            before = rows_of(alice)

            existing = form.put(f"/notes/{note.pk}", BODY, headers=headers)
            missing = form.put(f"/notes/{MINE}", BODY, headers=headers)

            assert [existing.status_code, missing.status_code] == [403, 403]
            assert existing.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="notes:edit"'
            assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_a_token_that_can_only_read_creates_nothing(by_token, alice):
    response = by_token(alice, "notes:read").put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*"})

    assert response.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="notes:append"'
    assert not Note.objects.exists()


def test_an_error_holds_only_what_was_sent(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": 5})

    assert response.status_code == 400
    assert tells_nothing(response)


@pytest.mark.parametrize("request_of", ["create", "append"])
def test_a_replay_holds_no_more_than_the_first_response(form, note, request_of):
    path, body = {"create": ("/notes", BODY), "append": (f"/notes/{note.pk}/append", {"text": "!"})}[request_of]
    first = form.post(path, body, headers={"Idempotency-Key": "one"})
    again = form.post(path, body, headers={"Idempotency-Key": "one"})

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert set(again.json()) == {"id", "version"}
    assert tells_nothing(again)
    assert set(SECRETS) & set(StoredAnswer.objects.get().body.split('"')) == set()


def test_an_idempotency_key_of_the_owner_is_not_replayed(form, as_user, alice, note):
    phone = as_user(alice)
    path, body, headers = f"/notes/{note.pk}/append", {"text": "!"}, {"Idempotency-Key": "one"}
    phone.post(path, body, headers=headers)

    response = form.post(path, body, headers=headers)

    assert "Idempotency-Replayed" not in response.headers
    assert response.json() == {"id": str(note.pk), "version": 3}


def test_a_token_that_can_also_read_gets_the_note(by_token, alice, note):
    client = by_token(alice, "notes:append", "notes:read")

    response = client.post(f"/notes/{note.pk}/append", {"text": "eggs\n"}, headers=MARKDOWN | {"Accept": "*/*"})
    listed = client.get("/notes").json()["results"]

    assert response.json()["content"] == "two litres\neggs\n"
    assert listed == [response.json()]
    assert client.delete(f"/notes/{note.pk}").status_code == 403


READS = ["/notes", "/notes?q=milk", "/notes/{}", "/notes/{}/revisions", "/trash", "/tags"]
READS += ["/changes", "/changes?since=now", "/changes/stream"]


def test_reading_is_forbidden(form, note, subtests):
    for path in READS:
        with subtests.test(path=path):
            response = form.get(path.format(note.pk), headers={"If-None-Match": '"1"'})

            assert response.status_code == 403
            assert "ETag" not in response.headers
            assert tells_nothing(response)
