"""How much may be stored for the retries of one account."""

import pytest

from accounts.models import ThrottleCounter
from accounts.tokens import AccessToken
from notes.models import Note, StoredAnswer
from notes.tests.making import clock_of
from notes_api.environment import Rate

MEBIBYTE = 1_048_576
LARGE = {"title": "Milk", "content": "a" * MEBIBYTE}


def create(client, number, body=LARGE):
    return client.post("/notes", body, headers={"Idempotency-Key": f"key {number}"})


def use_up(user, size):
    """As if answers of so many bytes had been stored today."""
    assert not ThrottleCounter.objects.reserve(f"answers:{user.pk}", Rate(10**9, 86400), cost=size)


@pytest.fixture
def phone(as_user, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    return as_user(alice)


@pytest.mark.parametrize(("quota", "most"), [(0, 256), (1000, 16), (100 * MEBIBYTE, 100), (10**12 - 1, 256)])
@pytest.mark.parametrize(("left", "status"), [(100, 429), (1000, 201)])
def test_so_much_is_stored_a_day_and_no_more(phone, alice, settings, quota, most, left, status):
    settings.MAX_BYTES_PER_USER = quota
    use_up(alice, most * MEBIBYTE - left)

    assert create(phone, 1, {"title": "Milk"}).status_code == status


def test_what_cannot_be_stored_is_not_done(phone, alice):
    use_up(alice, 256 * MEBIBYTE)

    response = create(phone, 1)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "86400"
    assert (Note.objects.count(), StoredAnswer.objects.count(), clock_of(alice)) == (0, 0, 0)


def test_a_replay_costs_nothing(phone, alice):
    create(phone, 1)
    use_up(alice, 254 * MEBIBYTE)

    assert create(phone, 1).headers["Idempotency-Replayed"] == "true"


def test_without_a_key_nothing_is_stored_and_nothing_refused(phone, alice):
    use_up(alice, 256 * MEBIBYTE)

    assert phone.post("/notes", LARGE).status_code == 201


def test_an_append_of_nothing_costs_as_much_as_the_note_is_long(phone, alice):
    """It changes nothing, and its answer holds a mebibyte."""
    note = create(phone, 1).headers["Location"]
    use_up(alice, 253 * MEBIBYTE)

    statuses = [
        phone.post(f"{note}/append", {"text": ""}, headers={"Idempotency-Key": f"append {number}"}).status_code
        for number in range(3)
    ]

    assert statuses == [200, 429, 429]


def test_a_day_later_as_much_is_stored_again(phone, alice, time_machine):
    use_up(alice, 256 * MEBIBYTE)
    time_machine.shift(86400)
    phone.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(phone.session_row)}")

    assert create(phone, 1).status_code == 201


def test_an_attempt_may_cost_more_than_one(time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    costs = [(3, 0), (7, 0), (1, 60)]

    waits = [ThrottleCounter.objects.reserve("somebody", Rate(10, 60), cost=cost) for cost, _ in costs]

    assert waits == [wait for _, wait in costs]
