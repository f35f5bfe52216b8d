"""POST /notes/batch: operations on another version, a deleted note or another user's note fail by themselves."""

import pytest

from conftest import START
from notes.models import Note
from notes.tests.batches import create, on, results, statuses
from notes.tests.factories import clock_of, make_note, make_trashed, rows_of

OWN_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
BREAD = {"title": "Bread"}


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk", content="two litres", is_pinned=True)


def test_if_version_allows_the_version_it_names(phone, note):
    assert statuses(phone, on(note, "update", note=BREAD, if_version=1)) == [200]


@pytest.mark.parametrize(
    ("op", "members"),
    [("replace", {"note": BREAD}), ("update", {"note": BREAD}), ("append", {"text": "!"}), ("delete", {})],
)
def test_if_version_guards_against_another(phone, note, alice, op, members):
    before = rows_of(alice)

    [result] = results(phone, on(note, op, if_version=7, **members))

    assert result["status"] == result["problem"]["status"] == 412
    assert result["problem"]["code"] == "precondition_failed"
    assert result["problem"]["current"] == phone.get(f"/notes/{note.pk}").json()
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_if_version_guards_a_restore(phone, alice):
    note = make_trashed(owner=alice)

    [result] = results(phone, on(note, "restore", if_version=1))

    assert (result["status"], result["problem"]["current"]["version"]) == (412, 2)


def test_if_version_refers_to_the_state_before_the_batch(phone, note):
    operations = [on(note, "append", text=number, if_version=1) for number in "12"]

    assert results(phone, *operations)[-1]["note"]["content"] == "two litres12"


def test_a_note_of_this_batch_had_no_version_before_it(phone):
    operations = [create("Milk", id=OWN_ID), {"op": "update", "id": OWN_ID, "note": BREAD, "if_version": 1}]

    assert statuses(phone, *operations) == [201, 412]


@pytest.mark.parametrize("op", ["replace", "update"])
def test_an_operation_with_a_version_on_a_trashed_note_is_a_conflict(phone, alice, op):
    note = make_trashed(owner=alice)

    [result] = results(phone, on(note, op, note=BREAD, if_version=1))

    assert result["status"] == 412
    assert result["problem"]["current"] == phone.get(f"/trash/{note.pk}").json()


def test_an_operation_with_a_version_on_a_purged_note_is_a_conflict(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_trashed(owner=alice)
    note.purge()

    [result] = results(as_user(alice), on(note, "append", text="!", if_version=1))

    assert result["status"] == 412
    assert result["problem"]["current"] == {
        "id": str(note.pk),
        "version": 3,
        "deleted_at": START,
        "changed_by": None,
    }


@pytest.mark.parametrize("is_purged", [False, True])
def test_an_operation_without_a_version_on_a_deleted_note_returns_404(phone, alice, is_purged):
    note = make_trashed(owner=alice)
    assert not is_purged or note.purge() is None

    [result] = results(phone, on(note, "append", text="!"))

    assert result["status"] == 404
    assert "current" not in result["problem"]


@pytest.mark.parametrize("guard", [{}, {"if_version": 1}])
def test_an_operation_on_another_users_note_returns_404(as_user, mallory, note, guard):
    operations = [on(note, "append", text="!", **guard), on(note, "delete", **guard), on(note, "restore", **guard)]

    assert statuses(as_user(mallory), *operations) == [404, 404, 404]
    assert Note.objects.get().content == "two litres"


def test_the_id_of_another_users_note_is_unavailable(as_user, mallory, note):
    [result] = results(as_user(mallory), create("Milk", id=str(note.pk)))

    assert (result["status"], result["problem"]["code"]) == (409, "id_unavailable")
    assert "current" not in result["problem"]


def test_creating_the_same_note_again_succeeds(phone, alice):
    [first] = results(phone, create("Milk", id=OWN_ID))

    [again] = results(phone, create("Milk", id=OWN_ID))

    assert again == {"status": 200, "note": first["note"]}
    assert clock_of(alice) == 1


def test_creating_another_note_with_the_same_id_is_a_conflict(phone):
    [first] = results(phone, create("Milk", id=OWN_ID))

    [again] = results(phone, create("Bread", id=OWN_ID))

    assert (again["status"], again["problem"]["current"]) == (412, first["note"])


@pytest.mark.parametrize("is_purged", [False, True])
def test_creating_a_deleted_note_again_is_a_conflict(phone, is_purged):
    results(phone, create("Milk", id=OWN_ID), {"op": "delete", "id": OWN_ID})
    assert not is_purged or phone.delete("/trash").status_code == 204

    [result] = results(phone, create("Milk", id=OWN_ID))

    assert result["status"] == 412
    assert phone.get(f"/notes/{OWN_ID}").status_code == 404


def test_a_failed_operation_does_not_stop_the_others(phone, alice):
    answer = results(phone, create("Milk", id=OWN_ID), create("Bread", id=OWN_ID), create("Jam"))

    assert [result["status"] for result in answer] == [201, 412, 201]
    assert sorted(Note.objects.values_list("title", flat=True)) == ["Jam", "Milk"]
