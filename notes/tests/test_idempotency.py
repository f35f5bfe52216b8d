"""`Idempotency-Key`: a retried request gets the first response and does nothing."""

import pytest

from accounts.authentication.tokens import AccessToken
from conftest import START
from notes.models import Note, StoredAnswer
from notes.tests.factories import clock_of, make_note
from notes_api.tests.responses import field_errors

MILK = {"title": "Milk", "content": "two litres\n"}
APPEND = {"text": "eggs\n"}
EDIT = {"edits": [{"old": "two", "new": "three"}]}


def create(client, key="one", body=MILK):
    return client.post("/notes", body, headers={"Idempotency-Key": key})


def post(client, path, body, key="one"):
    return client.post(path, body, headers={"Idempotency-Key": key})


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


def test_a_retry_gets_the_first_response(phone):
    first = create(phone)

    again = create(phone)

    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert (again.headers["ETag"], again.headers["Location"]) == (first.headers["ETag"], first.headers["Location"])
    assert again.headers["Content-Type"] == first.headers["Content-Type"]


def test_a_retry_is_marked_as_replayed_and_does_nothing(phone, alice):
    first = create(phone)

    again = create(phone)

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1
    assert clock_of(alice) == 1


def test_a_key_can_be_quoted(phone):
    create(phone, '"one"')

    assert create(phone, "one").headers["Idempotency-Replayed"] == "true"


def test_another_key_is_another_note(phone):
    create(phone, "one")
    create(phone, "two")

    assert Note.objects.count() == 2


def test_without_a_key_every_request_creates_a_note(phone):
    phone.post("/notes", MILK)
    phone.post("/notes", MILK)

    assert Note.objects.count() == 2
    assert not StoredAnswer.objects.exists()


def test_a_key_is_1_to_255_printable_characters(phone):
    keys = ["x", "x" * 255, "a b", "~!@#$%^&*()", '"', 'a"b', f'"{"y" * 255}"']

    assert [create(phone, key).status_code for key in keys] == [201] * len(keys)
    assert [create(phone, key).headers["Idempotency-Replayed"] for key in keys] == ["true"] * len(keys)


def test_any_other_key_is_rejected(phone):
    keys = ["", '""', "x" * 256, f'"{"x" * 256}"', "schlüssel", "a\tb", "\x7f"]

    assert [field_errors(create(phone, key)) for key in keys] == [[("Idempotency-Key", "invalid")]] * len(keys)
    assert not Note.objects.exists()


def test_a_key_with_another_body_returns_422(phone):
    create(phone)

    response = create(phone, body={"title": "Bread"})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert Note.objects.count() == 1


def test_a_key_with_another_path_returns_422(phone, alice):
    note, other = make_note(owner=alice), make_note(owner=alice)
    post(phone, f"/notes/{note.pk}/append", APPEND)

    assert post(phone, f"/notes/{other.pk}/append", APPEND).status_code == 422
    assert Note.objects.get(pk=other.pk).content == ""


def test_the_order_of_members_does_not_matter(phone):
    create(phone, body={"title": "Milk", "content": "two litres\n"})

    response = create(phone, body={"content": "two litres\n", "title": "Milk"})

    assert response.headers["Idempotency-Replayed"] == "true"


def test_a_replay_keeps_the_order_of_members(phone):
    first, again = create(phone), create(phone)

    assert list(again.json()) == list(first.json())


def test_a_key_replays_nothing_to_another_account(phone, as_user, mallory):
    create(phone)

    response = create(as_user(mallory), body={"title": "Bread"})

    assert response.status_code == 201
    assert "Idempotency-Replayed" not in response.headers


def test_a_key_is_stored_for_a_day(phone, time_machine):
    create(phone)
    time_machine.shift(24 * 3600 - 1)

    assert create(same_session(phone)).headers["Idempotency-Replayed"] == "true"


def test_after_a_day_a_key_can_be_used_again(phone, time_machine):
    create(phone)
    time_machine.shift(24 * 3600)
    client = same_session(phone)

    assert "Idempotency-Replayed" not in create(client, body={"title": "Bread"}).headers
    assert create(client, body={"title": "Bread"}).headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 2


def same_session(client):
    """Return the client with a new access token of the same session, because the old one has expired."""
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(client.session_row)}")
    return client


@pytest.mark.parametrize("body", [{"title": ""}, {"titel": "Milk"}, {"title": 10**30}])
def test_a_400_is_not_stored(phone, alice, body):
    response = create(phone, body=body)

    assert response.status_code == 400
    assert create(phone).status_code == 201
    assert clock_of(alice) == 1


def test_a_409_is_not_stored(phone, alice):
    note = make_note(owner=alice, content="five litres")
    assert post(phone, f"/notes/{note.pk}/edit", EDIT).status_code == 409
    phone.patch(f"/notes/{note.pk}", {"content": "two litres"})

    assert post(phone, f"/notes/{note.pk}/edit", EDIT).status_code == 200


def test_a_key_has_no_effect_on_put(phone, alice):
    note = make_note(owner=alice)
    key = {"Idempotency-Key": "one"}
    phone.put(f"/notes/{note.pk}", {"title": "Bread"}, headers=key)

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers=key)

    assert response.status_code == 200
    assert not StoredAnswer.objects.exists()


def test_an_atomic_batch_that_failed_is_not_stored(phone, alice):
    note = make_note(owner=alice)
    batch = {"atomic": True, "operations": [{"op": "restore", "id": str(note.pk)}]}
    assert phone.post("/notes/batch", batch, headers={"Idempotency-Key": "one"}).json()["applied"] is False
    note.trash()

    response = phone.post("/notes/batch", batch, headers={"Idempotency-Key": "one"})

    assert response.json()["applied"] is True
    assert "Idempotency-Replayed" not in response.headers
