"""How many bytes of responses are stored for the retries of one account."""

import pytest

from notes.models import Note, StoredAnswer
from notes.models.idempotency import ROW_BYTES
from notes.tests.factories import clock_of


def create(client, number, title="Milk"):
    return client.post("/notes", {"title": title}, headers={"Idempotency-Key": f"key {number}"})


def is_stored(number):
    return StoredAnswer.objects.filter(key=f"key {number}").exists()


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def _room_for_two(phone, monkeypatch):
    size = len(phone.post("/notes", {"title": "Milk"}).content)
    monkeypatch.setattr("notes.models.idempotency.MAX_STORED_BYTES", 2 * (size + ROW_BYTES) - 100)


@pytest.mark.usefixtures("_room_for_two")
def test_the_oldest_responses_are_deleted_to_make_room(phone):
    for number in range(4):
        create(phone, number)

    assert [is_stored(number) for number in range(4)] == [False, False, True, True]


@pytest.mark.usefixtures("_room_for_two")
def test_a_newer_response_is_replayed_and_a_deleted_one_is_executed_again(phone, alice):
    for number in range(3):
        create(phone, number)

    assert create(phone, 2).headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in create(phone, 0).headers
    assert Note.objects.count() == clock_of(alice) == 5


@pytest.mark.usefixtures("_room_for_two")
def test_the_responses_of_another_account_stay(phone, as_user, bob):
    create(as_user(bob), "of Bob")
    for number in range(3):
        create(phone, number)

    assert is_stored("of Bob")


@pytest.mark.usefixtures("_room_for_two")
def test_a_replay_takes_no_room(phone):
    create(phone, 0)
    for _ in range(5):
        create(phone, 1)

    assert is_stored(0)


def test_small_responses_cannot_become_countless_rows(phone, monkeypatch):
    monkeypatch.setattr("notes.models.idempotency.MAX_STORED_BYTES", 10 * ROW_BYTES)
    for number in range(12):
        create(phone, number)

    assert StoredAnswer.objects.count() < 10
