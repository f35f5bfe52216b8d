"""POST /notes/batch with only `notes:append`: adds to notes and tells nothing of their text."""

import pytest

from notes.models import Note
from notes.tests.append_only import BODY, MINE, form, note, purged, tells_nothing, trashed
from notes.tests.factories import clock_of

__all__ = ["form", "note", "purged", "trashed"]


def batch(client, *operations, **members):
    return client.post("/notes/batch", {"operations": operations, **members})


def test_a_batch_returns_only_ids_and_versions(form, note):
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


@pytest.mark.parametrize(
    ("op", "scope"), [("replace", "edit"), ("update", "edit"), ("delete", "trash"), ("restore", "trash")]
)
def test_any_other_operation_in_a_batch_is_rejected_by_itself(form, alice, note, op, scope):
    members = {"note": BODY} if op in ("replace", "update") else {}
    response = batch(form, {"op": op, "id": str(note.pk), **members}, {"op": "create", "id": MINE, "note": BODY})

    rejected, created = response.json()["results"]
    assert response.status_code == 200
    assert (rejected["status"], rejected["problem"]["code"]) == (403, "insufficient_scope")
    assert rejected["problem"]["detail"] == f"This token lacks the scope `notes:{scope}`."
    assert created == {"status": 201, "note": {"id": MINE, "version": 2}}
    assert Note.objects.get(pk=note.pk).version == 1
    assert tells_nothing(response)


def test_an_atomic_batch_with_a_forbidden_operation_changes_nothing(form, alice, note):
    response = batch(form, {"op": "create", "note": BODY}, {"op": "delete", "id": str(note.pk)}, atomic=True)

    assert response.json()["applied"] is False
    assert [result["status"] for result in response.json()["results"]] == [424, 403]
    assert clock_of(alice) == 1


@pytest.mark.parametrize("state", ["note", "trashed", "purged"])
def test_a_conflict_in_a_batch_returns_only_the_version(form, request, state):
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


def test_a_batch_does_not_confirm_a_guessed_text(form, note):
    right = {"title": "Milk", "content": "two litres\n", "tags": ["shopping"], "is_pinned": True}

    response = batch(
        form,
        {"op": "create", "id": str(note.pk), "note": right},
        {"op": "create", "id": str(note.pk), "note": {**right, "content": "three litres\n"}},
    )

    right_guess, wrong_guess = response.json()["results"]
    assert right_guess == wrong_guess
    assert right_guess["status"] == 412
