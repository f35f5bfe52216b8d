"""A token with `notes:append` alone adds, and is told nothing of what the notes say."""

import pytest

from notes.models import Note, Revision, StoredAnswer
from notes.tests.making import clock_of, make_note, make_trashed, rows_of

MINE = "0198c2de-5a3b-7c41-9d20-6b1f4e8a7c35"
SECRETS = ("Milk", "two litres", "shopping", "pinned", "archived", "owner", "created", "updated", "trashed", "deleted")
BODY = {"title": "Bread", "content": "rye\n"}
MARKDOWN = {"Accept": "text/markdown"}


def batch(client, *operations, **members):
    return client.post("/notes/batch", {"operations": operations, **members})


def tells_nothing(response):
    """Whether neither body nor headers hold anything of Alice's note but its id and version."""
    text = response.content.decode() + repr(dict(response.headers))
    return [secret for secret in SECRETS if secret in text] == []


@pytest.fixture
def form(by_token, alice):
    """A form on a website, which lets visitors write into Alice's notes."""
    return by_token(alice, "notes:append")


@pytest.fixture
def note(alice):
    """Version 1."""
    return make_note(owner=alice, title="Milk", content="two litres\n", tags=["shopping"], is_pinned=True)


@pytest.fixture
def trashed(alice, note):
    """Version 3."""
    return make_trashed(owner=alice, title="Milk", content="two litres\n")


@pytest.fixture
def purged(alice, trashed):
    """Version 4."""
    trashed.purge()
    return trashed


def test_a_new_note_is_answered_with_id_and_version(form):
    response = form.post("/notes", BODY)

    note = Note.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": str(note.pk), "version": 1}
    assert (response.headers["ETag"], response.headers["Location"]) == ('"1"', f"/notes/{note.pk}")
    assert (note.title, note.content, note.written_by) == ("Bread", "rye\n", form.token_row.pk)


def test_a_note_is_created_under_an_id_of_ones_own(form):
    response = form.put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*"})

    assert (response.status_code, response.json()) == (201, {"id": MINE, "version": 1})
    assert (response.headers["ETag"], response.headers["Location"]) == ('"1"', f"/notes/{MINE}")


def test_an_append_is_answered_with_id_and_version(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"})

    assert (response.status_code, response.json()) == (200, {"id": str(note.pk), "version": 2})
    assert response.headers["ETag"] == '"2"'
    assert Note.objects.get().content == "two litres\neggs\n"


def test_an_append_of_nothing_tells_nothing(form, note):
    assert form.post(f"/notes/{note.pk}/append", {"text": ""}).json() == {"id": str(note.pk), "version": 1}


def test_what_it_overwrites_is_kept_as_another_credential_wrote_it(form, note):
    form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"})

    assert Revision.objects.get().content == "two litres\n"


@pytest.mark.parametrize("accept", ["text/markdown", "text/markdown, application/json;q=0.5", "*/*"])
def test_the_bare_content_is_nothing_for_it(form, note, accept):
    appended = form.post(f"/notes/{note.pk}/append", {"text": "eggs\n"}, headers={"Accept": "application/json"})
    created = form.put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*", "Accept": accept})

    assert appended.json() == {"id": str(note.pk), "version": 2}
    assert created.json() == {"id": MINE, "version": 3}
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["ETag"] == '"3"'


def test_bare_text_can_be_appended(form, note):
    response = form.generic("POST", f"/notes/{note.pk}/append", "eggs\n", content_type="text/markdown")

    assert (response.status_code, response.json()) == (200, {"id": str(note.pk), "version": 2})


@pytest.mark.parametrize("state", ["note", "trashed", "purged"])
def test_a_create_that_finds_a_note_is_told_its_version_alone(form, request, alice, state):
    found = request.getfixturevalue(state)
    before, version = rows_of(alice), Note.objects.get(pk=found.pk).version

    response = form.put(f"/notes/{found.pk}", BODY, headers={"If-None-Match": "*", **MARKDOWN})

    assert response.status_code == 412
    assert response.json()["current"] == {"id": str(found.pk), "version": version}
    assert response.headers["ETag"] == f'"{version}"'
    assert tells_nothing(response)
    assert rows_of(alice) == before


def test_an_append_to_another_version_is_told_the_version_alone(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": "!"}, headers={"If-Match": '"9"'})

    assert response.status_code == 412
    assert response.json()["current"] == {"id": str(note.pk), "version": 1}
    assert tells_nothing(response)


@pytest.mark.parametrize("state", ["trashed", "purged"])
def test_an_append_to_what_was_deleted_finds_nothing(form, request, state):
    found = request.getfixturevalue(state)

    response = form.post(f"/notes/{found.pk}/append", {"text": "!"})

    assert response.status_code == 404
    assert tells_nothing(response)


def test_the_id_of_a_stranger_is_unavailable_as_for_anybody(form, bob):
    theirs = make_note(owner=bob, title="Milk", content="two litres\n")

    response = form.put(f"/notes/{theirs.pk}", BODY, headers={"If-None-Match": "*"})

    assert (response.status_code, response.json()["code"]) == (409, "id_unavailable")
    assert "ETag" not in response.headers
    assert tells_nothing(response)


@pytest.mark.parametrize(
    "headers",
    [{}, {"If-Match": '"1"'}, {"If-Match": "*"}, {"If-None-Match": '"9"'}, {"If-Match": "*", "If-None-Match": "*"}],
)
def test_it_replaces_nothing(form, alice, note, headers):
    before = rows_of(alice)

    existing = form.put(f"/notes/{note.pk}", BODY, headers=headers)
    missing = form.put(f"/notes/{MINE}", BODY, headers=headers)

    assert [existing.status_code, missing.status_code] == [403, 403]
    assert existing.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="notes:write"'
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_a_reader_creates_nothing(by_token, alice):
    response = by_token(alice, "notes:read").put(f"/notes/{MINE}", BODY, headers={"If-None-Match": "*"})

    assert response.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="notes:append"'
    assert not Note.objects.exists()


def test_a_refusal_echoes_only_what_was_sent(form, note):
    response = form.post(f"/notes/{note.pk}/append", {"text": 5})

    assert response.status_code == 400
    assert tells_nothing(response)


@pytest.mark.parametrize("request_of", ["create", "append"])
def test_a_replay_tells_no_more_than_the_answer(form, note, request_of):
    path, body = {"create": ("/notes", BODY), "append": (f"/notes/{note.pk}/append", {"text": "!"})}[request_of]
    first = form.post(path, body, headers={"Idempotency-Key": "one"})
    again = form.post(path, body, headers={"Idempotency-Key": "one"})

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert set(again.json()) == {"id", "version"}
    assert tells_nothing(again)
    assert set(SECRETS) & set(StoredAnswer.objects.get().body.split('"')) == set()


def test_a_key_of_the_owner_replays_nothing_to_it(form, as_user, alice, note):
    phone = as_user(alice)
    path, body, headers = f"/notes/{note.pk}/append", {"text": "!"}, {"Idempotency-Key": "one"}
    phone.post(path, body, headers=headers)

    response = form.post(path, body, headers=headers)

    assert "Idempotency-Replayed" not in response.headers
    assert response.json() == {"id": str(note.pk), "version": 3}


def test_a_batch_of_additions_is_answered_with_ids_and_versions(form, note):
    response = batch(
        form,
        {"op": "create", "id": MINE, "note": BODY},
        {"op": "append", "id": str(note.pk), "text": "eggs\n"},
    )

    assert response.json() == {
        "applied": True,
        "results": [
            {"status": 201, "note": {"id": MINE, "version": 2}},
            {"status": 200, "note": {"id": str(note.pk), "version": 2}},
        ],
    }


@pytest.mark.parametrize("op", ["replace", "update", "delete", "restore"])
def test_anything_else_in_a_batch_is_refused_by_itself(form, alice, note, op):
    members = {"note": BODY} if op in ("replace", "update") else {}
    response = batch(form, {"op": op, "id": str(note.pk), **members}, {"op": "create", "id": MINE, "note": BODY})

    refused, created = response.json()["results"]
    assert response.status_code == 200
    assert (refused["status"], refused["problem"]["code"]) == (403, "insufficient_scope")
    assert refused["problem"]["detail"] == "This token lacks the scope `notes:write`."
    assert created == {"status": 201, "note": {"id": MINE, "version": 2}}
    assert Note.objects.get(pk=note.pk).version == 1
    assert tells_nothing(response)


def test_an_atomic_batch_falls_with_what_is_refused(form, alice, note):
    response = batch(form, {"op": "create", "note": BODY}, {"op": "delete", "id": str(note.pk)}, atomic=True)

    assert response.json()["applied"] is False
    assert [result["status"] for result in response.json()["results"]] == [424, 403]
    assert clock_of(alice) == 1


@pytest.mark.parametrize("state", ["note", "trashed", "purged"])
def test_a_conflict_in_a_batch_tells_the_version_alone(form, request, state):
    found = request.getfixturevalue(state)
    version = Note.objects.get(pk=found.pk).version

    response = batch(
        form,
        {"op": "create", "id": str(found.pk), "note": BODY},
        {"op": "append", "id": str(found.pk), "if_version": 99, "text": "!"},
    )

    current = {"id": str(found.pk), "version": version}
    assert [(result["status"], result["problem"]["current"]) for result in response.json()["results"]] == [
        (412, current),
        (412, current),
    ]
    assert tells_nothing(response)


def test_what_a_note_says_cannot_be_found_out_by_guessing(form, note):
    right = {"title": "Milk", "content": "two litres\n", "tags": ["shopping"], "is_pinned": True}

    response = batch(
        form,
        {"op": "create", "id": str(note.pk), "note": right},
        {"op": "create", "id": str(note.pk), "note": {**right, "content": "three litres\n"}},
    )

    right_guess, wrong_guess = response.json()["results"]
    assert right_guess == wrong_guess
    assert right_guess["status"] == 412


def test_whoever_may_read_too_is_shown_the_note(by_token, alice, note):
    client = by_token(alice, "notes:append", "notes:read")

    response = client.post(f"/notes/{note.pk}/append", {"text": "eggs\n"}, headers=MARKDOWN | {"Accept": "*/*"})
    listed = client.get("/notes").json()["results"]

    assert response.json()["content"] == "two litres\neggs\n"
    assert listed == [response.json()]
    assert client.delete(f"/notes/{note.pk}").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/notes", "/notes?q=milk", "/notes/{}", "/notes/{}/revisions", "/trash", "/tags", "/changes", "/changes?since=now",
     "/changes/stream"],
)  # fmt: skip
def test_it_reads_nothing(form, note, path):
    response = form.get(path.format(note.pk), headers={"If-None-Match": '"1"'})

    assert response.status_code == 403
    assert "ETag" not in response.headers
    assert tells_nothing(response)
