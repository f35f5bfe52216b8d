"""POST /notes/batch: many writes in one tick."""

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.batches import create, on, push, results, statuses
from notes.tests.factories import clock_of, make_note, make_trashed, rows_of

OWN_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
OWN_ID_4 = "3f2b8c1e-5d4a-4c6b-9e7f-1a2b3c4d5e6f"
BREAD = {"title": "Bread"}


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk", content="two litres", is_pinned=True)


def test_a_batch_creates_a_note(phone, alice):
    answer = push(phone, create("Milk"))

    note_id = Note.objects.get().pk
    assert answer == {"applied": True, "results": [{"status": 201, "note": phone.get(f"/notes/{note_id}").json()}]}


@pytest.mark.parametrize("own_id", [OWN_ID, OWN_ID_4])
def test_a_batch_creates_with_an_own_id(phone, own_id):
    [result] = results(phone, create("Milk", id=own_id))

    assert (result["status"], result["note"]["id"]) == (201, own_id)


def test_a_batch_replaces_a_note(phone, note):
    [result] = results(phone, on(note, "replace", note=BREAD))

    assert result["status"] == 200
    assert result["note"].items() >= {"title": "Bread", "content": "", "is_pinned": False, "version": 2}.items()


def test_a_batch_updates_a_note(phone, note):
    [result] = results(phone, on(note, "update", note={"content": None}))

    assert result["status"] == 200
    assert result["note"].items() >= {"title": "Milk", "content": "", "is_pinned": True}.items()


def test_a_batch_appends_to_a_note(phone, note):
    [result] = results(phone, on(note, "append", text=" of milk"))

    assert (result["status"], result["note"]["content"]) == (200, "two litres of milk")


def test_a_batch_deletes_a_note(phone, note):
    assert results(phone, on(note, "delete")) == [{"status": 204}]
    assert phone.get(f"/trash/{note.pk}").status_code == 200


def test_a_batch_restores_a_note(phone, alice):
    note = make_trashed(owner=alice)

    [result] = results(phone, on(note, "restore"))

    assert result == {"status": 200, "note": phone.get(f"/notes/{note.pk}").json()}


def test_results_are_in_the_order_of_the_operations(phone, note):
    operations = [create("Bread"), on(note, "append", text="!"), {"op": "delete", "id": NOWHERE}, on(note, "delete")]

    assert statuses(phone, *operations) == [201, 200, 404, 204]


def test_an_operation_sees_the_effects_of_those_before_it(phone, note):
    operations = [on(note, "append", text="1"), on(note, "delete"), on(note, "restore"), on(note, "append", text="2")]

    assert results(phone, *operations)[-1]["note"]["content"] == "two litres12"


def test_all_operations_share_one_version(phone, note, alice):
    answer = results(phone, create("Bread"), create("Jam"), on(note, "append", text="!"), on(note, "append", text="!"))

    assert {result["note"]["version"] for result in answer} == {2}
    assert clock_of(alice) == 2


def test_a_batch_that_changes_nothing_takes_no_version(phone, note, alice):
    assert statuses(phone, on(note, "update", note={}), {"op": "delete", "id": NOWHERE}) == [200, 404]
    assert clock_of(alice) == 1


def test_an_atomic_batch_applies_every_operation(phone, note):
    assert push(phone, create("Bread"), on(note, "delete"), atomic=True)["applied"] is True
    assert set(Note.objects.values_list("title", "version")) == {("Milk", 2), ("Bread", 2)}


def test_an_atomic_batch_that_fails_changes_nothing(phone, note, alice):
    before = rows_of(alice)

    answer = push(phone, create("Bread"), on(note, "update", note=BREAD, if_version=7), on(note, "delete"), atomic=True)

    assert answer["applied"] is False
    assert [result["status"] for result in answer["results"]] == [424, 412, 424]
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_a_rolled_back_operation_names_the_operation_that_failed(phone, note):
    answer = results(phone, create("Bread"), on(note, "restore"), atomic=True)

    assert answer[0]["problem"]["code"] == "failed_dependency"
    assert answer[0]["problem"]["detail"] == "Operation 1 failed, so nothing was changed."


def test_the_failed_operation_returns_the_current_note(phone, note):
    [result] = results(phone, on(note, "delete", if_version=7), atomic=True)

    assert result["problem"]["current"] == phone.get(f"/notes/{note.pk}").json()
