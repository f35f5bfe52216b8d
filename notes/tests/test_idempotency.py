"""`Idempotency-Key`: the retry of a request gets the first answer, and does nothing."""

import pytest

from accounts.tokens import AccessToken
from notes.models import Note, StoredAnswer
from notes.tests.making import clock_of, make_note

START = "2026-01-05T09:00:00Z"
MILK = {"title": "Milk", "content": "two litres\n"}
APPEND = {"text": "eggs\n"}
EDIT = {"edits": [{"old": "two", "new": "three"}]}
BATCH = {"operations": [{"op": "create", "note": {"title": "Bread"}}]}


def create(client, key="one", body=MILK):
    return client.post("/notes", body, headers={"Idempotency-Key": key})


def post(client, path, body, key="one"):
    return client.post(path, body, headers={"Idempotency-Key": key})


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


def test_a_retry_gets_the_first_answer(phone):
    first = create(phone)

    again = create(phone)

    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert (again.headers["ETag"], again.headers["Location"]) == (first.headers["ETag"], first.headers["Location"])
    assert again.headers["Content-Type"] == first.headers["Content-Type"]


def test_a_retry_says_that_it_is_one(phone):
    first = create(phone)

    again = create(phone)

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_retry_does_nothing(phone, alice):
    create(phone)
    create(phone)

    assert Note.objects.count() == 1
    assert clock_of(alice) == 1


def test_a_key_may_be_quoted(phone):
    create(phone, '"one"')

    assert create(phone, "one").headers["Idempotency-Replayed"] == "true"


def test_another_key_is_another_note(phone):
    create(phone, "one")
    create(phone, "two")

    assert Note.objects.count() == 2


def test_without_a_key_every_request_counts(phone):
    phone.post("/notes", MILK)
    phone.post("/notes", MILK)

    assert Note.objects.count() == 2
    assert not StoredAnswer.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, f'"{"x" * 255}"', "a b", "~!@#$%^&*()", '"', 'a"b'])
def test_a_key_is_1_to_255_printable_characters(phone, key):
    assert create(phone, key).status_code == 201
    assert create(phone, key).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", '""', "x" * 256, f'"{"x" * 256}"', "schlüssel", "a\tb", "\x7f"])
def test_any_other_key_is_refused(phone, key):
    assert refused(create(phone, key)) == [("Idempotency-Key", "invalid")]
    assert not Note.objects.exists()


def test_a_key_is_not_used_for_another_payload(phone):
    create(phone)

    response = create(phone, body={"title": "Bread"})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert Note.objects.count() == 1


def test_a_key_is_not_used_for_another_path(phone, alice):
    note, other = make_note(owner=alice), make_note(owner=alice)
    post(phone, f"/notes/{note.pk}/append", APPEND)

    assert post(phone, f"/notes/{other.pk}/append", APPEND).status_code == 422
    assert Note.objects.get(pk=other.pk).content == ""


def test_the_order_of_members_is_none_of_the_payload(phone):
    create(phone, body={"title": "Milk", "content": "two litres\n"})

    response = create(phone, body={"content": "two litres\n", "title": "Milk"})

    assert response.headers["Idempotency-Replayed"] == "true"


def test_the_members_of_a_replayed_note_are_in_their_order(phone):
    first, again = create(phone), create(phone)

    assert list(again.json()) == list(first.json())


def test_another_device_has_keys_of_its_own(phone, as_user, alice):
    create(phone)

    response = create(as_user(alice))

    assert "Idempotency-Replayed" not in response.headers
    assert Note.objects.count() == 2


def test_another_account_learns_nothing_from_a_key(phone, as_user, mallory):
    create(phone)

    response = create(as_user(mallory), body={"title": "Bread"})

    assert response.status_code == 201
    assert "Idempotency-Replayed" not in response.headers


def test_a_key_is_remembered_for_a_day(phone, time_machine):
    create(phone)
    time_machine.shift(24 * 3600 - 1)

    assert create(same_session(phone)).headers["Idempotency-Replayed"] == "true"


def test_after_a_day_a_key_is_new_again(phone, time_machine):
    create(phone)
    time_machine.shift(24 * 3600)
    client = same_session(phone)

    assert "Idempotency-Replayed" not in create(client, body={"title": "Bread"}).headers
    assert create(client, body={"title": "Bread"}).headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 2


def same_session(client):
    """The access token has expired by then: the same session gets another."""
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(client.session_row)}")
    return client


@pytest.mark.parametrize("body", [{"title": ""}, {"titel": "Milk"}, {"title": 10**30}])
def test_a_refusal_is_not_remembered(phone, alice, body):
    response = create(phone, body=body)

    assert response.status_code == 400
    assert create(phone).status_code == 201
    assert clock_of(alice) == 1


def test_a_conflict_is_not_remembered(phone, alice):
    note = make_note(owner=alice, content="five litres")
    assert post(phone, f"/notes/{note.pk}/edit", EDIT).status_code == 409
    phone.patch(f"/notes/{note.pk}", {"content": "two litres"})

    assert post(phone, f"/notes/{note.pk}/edit", EDIT).status_code == 200


def test_an_append_is_done_once(phone, alice):
    note = make_note(owner=alice, content="milk\n")
    first = post(phone, f"/notes/{note.pk}/append", APPEND)

    again = post(phone, f"/notes/{note.pk}/append", APPEND)

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.get().content == "milk\neggs\n"
    assert clock_of(alice) == 2


def test_an_append_that_changed_nothing_is_remembered_without_a_number(phone, alice):
    note = make_note(owner=alice)
    post(phone, f"/notes/{note.pk}/append", {"text": ""})

    response = post(phone, f"/notes/{note.pk}/append", {"text": ""})

    assert response.headers["Idempotency-Replayed"] == "true"
    assert clock_of(alice) == 1


def test_an_edit_is_done_once(phone, alice):
    note = make_note(owner=alice, content="two litres")
    first = post(phone, f"/notes/{note.pk}/edit", EDIT)

    assert post(phone, f"/notes/{note.pk}/edit", EDIT).json() == first.json()
    assert Note.objects.get().content == "three litres"


def test_a_batch_is_done_once(phone, alice):
    first = post(phone, "/notes/batch", BATCH)

    again = post(phone, "/notes/batch", BATCH)

    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1
    assert clock_of(alice) == 1


def test_a_replay_shows_what_was_then_even_if_the_note_changed(phone):
    first = create(phone)
    phone.patch(first.headers["Location"], {"title": "Bread"})

    assert create(phone).content == first.content


def test_a_replay_of_a_deleted_note_does_not_revive_it(phone):
    first = create(phone)
    phone.delete(first.headers["Location"])

    assert create(phone).content == first.content
    assert phone.get(first.headers["Location"]).status_code == 404


@pytest.mark.parametrize("path", ["/trash", "/trash/{id}"])
def test_purging_a_note_deletes_the_answers_that_hold_its_text(phone, path):
    note_id = create(phone).json()["id"]
    phone.delete(f"/notes/{note_id}")

    phone.delete(path.replace("{id}", note_id))

    assert not StoredAnswer.objects.exists()


def test_purging_a_note_deletes_the_batch_that_was_told_of_it(phone, alice):
    note = make_note(owner=alice, content="secret")
    stale = {"op": "update", "id": str(note.pk), "if_version": 9, "note": {"title": "Bread"}}
    response = post(phone, "/notes/batch", {"operations": [*BATCH["operations"], stale]})
    phone.delete(f"/notes/{note.pk}")

    phone.delete("/trash")

    assert response.json()["results"][1]["problem"]["current"]["content"] == "secret"
    assert not StoredAnswer.objects.exists()


def test_purging_a_note_leaves_the_answers_about_others(phone):
    create(phone)
    other = create(phone, "two").headers["Location"]
    phone.delete(other)

    phone.delete("/trash")

    assert create(phone).headers["Idempotency-Replayed"] == "true"


def test_where_a_note_can_be_put_again_a_key_means_nothing(phone, alice):
    note = make_note(owner=alice)
    key = {"Idempotency-Key": "one"}
    phone.put(f"/notes/{note.pk}", {"title": "Bread"}, headers=key)

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers=key)

    assert response.status_code == 200
    assert not StoredAnswer.objects.exists()


def test_an_atomic_batch_that_failed_can_be_tried_again(phone, alice):
    note = make_note(owner=alice)
    batch = {"atomic": True, "operations": [{"op": "restore", "id": str(note.pk)}]}
    assert phone.post("/notes/batch", batch, headers={"Idempotency-Key": "one"}).json()["applied"] is False
    note.trash()

    response = phone.post("/notes/batch", batch, headers={"Idempotency-Key": "one"})

    assert response.json()["applied"] is True
    assert "Idempotency-Replayed" not in response.headers
