"""The revisions of a note that one batch writes more than once: no text is lost, and none is kept twice."""

import pytest

from notes.tests.factories import make_note, make_trashed


def on(target, op, **members):
    return {"op": op, "id": str(target.pk), **members}


def push(client, *operations):
    results = client.post("/notes/batch", {"operations": operations}).json()["results"]
    assert {result["status"] for result in results} <= {200, 201, 204}


def kept(client, note):
    """Return the content of each revision, by version."""
    path = f"/notes/{note.pk}/revisions"
    versions = [revision["version"] for revision in client.get(path).json()["results"]]
    return {version: client.get(f"{path}/{version}").json()["content"] for version in versions}


def test_a_text_that_the_same_batch_overwrites_is_not_a_revision(as_user, alice):
    note = make_note(owner=alice, content="a long first text")
    update = {"op": "update", "id": str(note.pk)}
    texts = [{"content": "a long second text"}, {"content": "third"}, {"content": "4"}]

    response = as_user(alice).post("/notes/batch", {"operations": [{**update, "note": text} for text in texts]})

    assert [result["status"] for result in response.json()["results"]] == [200, 200, 200]
    revisions = as_user(alice).get(f"/notes/{note.pk}/revisions").json()["results"]
    assert [revision["version"] for revision in revisions] == [1]


@pytest.fixture
def note(alice):
    return make_note(owner=alice, content="two litres")


def test_the_last_text_of_a_batch_is_kept_when_it_is_cut(phone, note):
    push(phone, on(note, "update", note={"content": "x" * 100}), on(note, "update", note={"content": "x" * 30}))

    response = phone.patch(f"/notes/{note.pk}", {"content": ""})

    assert response.status_code == 200
    assert kept(phone, note) == {1: "two litres", 2: "x" * 30}


def test_a_step_of_typing_is_kept_if_the_same_batch_cuts_it(phone, note):
    phone.patch(f"/notes/{note.pk}", {"content": "x" * 100})

    push(phone, on(note, "append", text="!"), on(note, "update", note={"content": ""}))

    assert kept(phone, note) == {1: "two litres", 2: "x" * 100}


@pytest.mark.parametrize("first", [{"op": "update", "note": {"is_pinned": True}}, {"op": "append", "text": ""}])
def test_a_revision_has_the_version_from_before_the_batch(phone, note, first):
    push(phone, {**first, "id": str(note.pk)}, on(note, "update", note={"content": ""}))

    assert kept(phone, note) == {1: "two litres"}


def test_a_text_is_kept_if_one_batch_restores_and_overwrites_it(phone, alice):
    note = make_trashed(owner=alice, content="two litres")

    push(phone, on(note, "restore"), on(note, "update", note={"content": ""}))

    assert kept(phone, note) == {2: "two litres"}


def test_a_text_is_kept_if_one_batch_deletes_restores_and_overwrites_it(phone, note):
    push(phone, on(note, "delete"), on(note, "restore"), on(note, "replace", note={"title": "Bread"}))

    assert kept(phone, note) == {1: "two litres"}


def test_a_note_created_and_rewritten_in_one_batch_has_no_revisions(phone):
    own_id = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
    made = {"op": "create", "id": own_id, "note": {"title": "Milk", "content": "two litres"}}

    push(phone, made, {"op": "update", "id": own_id, "note": {"content": ""}})

    assert phone.get(f"/notes/{own_id}/revisions").json()["results"] == []


def test_a_failed_operation_does_not_affect_what_is_kept(phone, note):
    stale = on(note, "update", note={"title": "Bread"}, if_version=99)

    answer = phone.post("/notes/batch", {"operations": [stale, on(note, "update", note={"content": ""})]})

    assert [result["status"] for result in answer.json()["results"]] == [412, 200]
    assert kept(phone, note) == {1: "two litres"}
