"""POST /notes/batch: many writes in one tick, each wholly or not at all."""

import pytest

from notes.models import Note
from notes.tests.making import clock_of, make_note, make_trashed, rows_of

START = "2026-01-05T09:00:00Z"
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
OWN_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
OWN_ID_4 = "3f2b8c1e-5d4a-4c6b-9e7f-1a2b3c4d5e6f"
BREAD = {"title": "Bread"}


def push(client, *operations, **envelope):
    response = client.post("/notes/batch", {"operations": list(operations), **envelope})
    assert response.status_code == 200
    return response.json()


def results(client, *operations, **envelope):
    return push(client, *operations, **envelope)["results"]


def statuses(client, *operations, **envelope):
    return [result["status"] for result in results(client, *operations, **envelope)]


def on(target, op, **members):
    return {"op": op, "id": str(target.pk), **members}


def create(title, **members):
    return {"op": "create", "note": {"title": title}, **members}


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk", content="two litres", is_pinned=True)


def test_a_batch_creates_a_note(phone, alice):
    answer = push(phone, create("Milk"))

    note_id = Note.objects.get().pk
    assert answer == {"applied": True, "results": [{"status": 201, "note": phone.get(f"/notes/{note_id}").json()}]}


@pytest.mark.parametrize("own_id", [OWN_ID, OWN_ID_4])
def test_a_batch_creates_under_an_own_id(phone, own_id):
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


def test_results_stand_in_the_order_of_the_operations(phone, note):
    operations = [create("Bread"), on(note, "append", text="!"), {"op": "delete", "id": NOWHERE}, on(note, "delete")]

    assert statuses(phone, *operations) == [201, 200, 404, 204]


def test_operations_see_what_those_before_them_did(phone, note):
    operations = [on(note, "append", text="1"), on(note, "delete"), on(note, "restore"), on(note, "append", text="2")]

    assert results(phone, *operations)[-1]["note"]["content"] == "two litres12"


def test_all_operations_share_one_number(phone, note, alice):
    answer = results(phone, create("Bread"), create("Jam"), on(note, "append", text="!"), on(note, "append", text="!"))

    assert {result["note"]["version"] for result in answer} == {2}
    assert clock_of(alice) == 2


def test_a_batch_that_changes_nothing_takes_no_number(phone, note, alice):
    assert statuses(phone, on(note, "update", note={}), {"op": "delete", "id": NOWHERE}) == [200, 404]
    assert clock_of(alice) == 1


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


def test_if_version_speaks_of_the_state_before_the_batch(phone, note):
    operations = [on(note, "append", text=number, if_version=1) for number in "12"]

    assert results(phone, *operations)[-1]["note"]["content"] == "two litres12"


def test_a_note_of_this_batch_had_no_version_before_it(phone):
    operations = [create("Milk", id=OWN_ID), {"op": "update", "id": OWN_ID, "note": BREAD, "if_version": 1}]

    assert statuses(phone, *operations) == [201, 412]


@pytest.mark.parametrize("op", ["replace", "update"])
def test_a_deleted_note_is_a_conflict_for_whom_it_names_a_version(phone, alice, op):
    note = make_trashed(owner=alice)

    [result] = results(phone, on(note, op, note=BREAD, if_version=1))

    assert result["status"] == 412
    assert result["problem"]["current"] == phone.get(f"/trash/{note.pk}").json()


def test_a_purged_note_is_a_conflict_too(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_trashed(owner=alice)
    note.purge()

    [result] = results(as_user(alice), on(note, "append", text="!", if_version=1))

    assert result["status"] == 412
    assert result["problem"]["current"] == {"id": str(note.pk), "version": 3, "deleted_at": START}


@pytest.mark.parametrize("is_purged", [False, True])
def test_without_a_version_a_deleted_note_is_not_there(phone, alice, is_purged):
    note = make_trashed(owner=alice)
    assert not is_purged or note.purge() is None

    [result] = results(phone, on(note, "append", text="!"))

    assert result["status"] == 404
    assert "current" not in result["problem"]


@pytest.mark.parametrize("guard", [{}, {"if_version": 1}])
def test_anybody_elses_note_is_not_there(as_user, mallory, note, guard):
    operations = [on(note, "append", text="!", **guard), on(note, "delete", **guard), on(note, "restore", **guard)]

    assert statuses(as_user(mallory), *operations) == [404, 404, 404]
    assert Note.objects.get().content == "two litres"


def test_anybody_elses_id_cannot_be_used(as_user, mallory, note):
    [result] = results(as_user(mallory), create("Milk", id=str(note.pk)))

    assert (result["status"], result["problem"]["code"]) == (409, "id_unavailable")
    assert "current" not in result["problem"]


def test_creating_what_is_there_already_is_a_success(phone, alice):
    [first] = results(phone, create("Milk", id=OWN_ID))

    [again] = results(phone, create("Milk", id=OWN_ID))

    assert again == {"status": 200, "note": first["note"]}
    assert clock_of(alice) == 1


def test_creating_another_note_in_its_place_is_a_conflict(phone):
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


def test_one_refusal_stops_no_other_operation(phone, alice):
    answer = results(phone, create("Milk", id=OWN_ID), create("Bread", id=OWN_ID), create("Jam"))

    assert [result["status"] for result in answer] == [201, 412, 201]
    assert sorted(Note.objects.values_list("title", flat=True)) == ["Jam", "Milk"]


def test_an_atomic_batch_is_done_wholly(phone, note):
    assert push(phone, create("Bread"), on(note, "delete"), atomic=True)["applied"] is True
    assert set(Note.objects.values_list("title", "version")) == {("Milk", 2), ("Bread", 2)}


def test_an_atomic_batch_that_fails_is_not_done_at_all(phone, note, alice):
    before = rows_of(alice)

    answer = push(phone, create("Bread"), on(note, "update", note=BREAD, if_version=7), on(note, "delete"), atomic=True)

    assert answer["applied"] is False
    assert [result["status"] for result in answer["results"]] == [424, 412, 424]
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_what_fell_with_its_batch_says_with_which_operation(phone, note):
    answer = results(phone, create("Bread"), on(note, "restore"), atomic=True)

    assert answer[0]["problem"]["code"] == "failed_dependency"
    assert answer[0]["problem"]["detail"] == "Operation 1 failed, so nothing was changed."


def test_the_culprit_shows_the_note_as_it_is(phone, note):
    [result] = results(phone, on(note, "delete", if_version=7), atomic=True)

    assert result["problem"]["current"] == phone.get(f"/notes/{note.pk}").json()
