"""PUT /notes/{id} with `If-None-Match: *`: clients choose the ids of their notes."""

import pytest

from notes.models import Note
from notes.tests.factories import clock_of
from notes_api.tests.responses import invalid_fields

OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
OWN_ID_4 = "3f2b8c1e-5d4a-4c6b-9e7f-1a2b3c4d5e6f"
ABSENT = {"If-None-Match": "*"}
# Nil, max, the other versions, and another variant.
OTHER_IDS = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "a8098c1a-f86e-11da-bd1a-00112444be1e",
    "6fa459ea-ee8a-3ca4-894e-db77e160355e",
    "886313e1-3b8a-5372-9b90-0c9aee199e5d",
    "1ec9414c-232a-6b00-b3c8-9e6bdeced846",
    "320c3d4d-cc00-875b-8ec9-32d5f69181c0",
    "01939f5e-1d2a-7c40-0e1b-3f9a7d5c2b16",
]


def create(client, headers=ABSENT, own_id=OWN_ID, **members):
    return client.put(f"/notes/{own_id}", {"title": "Milk", **members}, headers=headers)


def test_without_if_none_match_an_unknown_id_returns_404(as_user, alice):
    assert create(as_user(alice), headers={}).status_code == 404
    assert not Note.objects.exists()


def test_another_if_none_match_creates_nothing(as_user, alice):
    assert create(as_user(alice), headers={"If-None-Match": '"1"'}).status_code == 404


@pytest.mark.parametrize(("own_id", "star"), [(OWN_ID, "*"), (OWN_ID_4, " * ")])
def test_a_client_can_choose_the_id_of_a_note(as_user, alice, own_id, star):
    client = as_user(alice)

    response = create(client, {"If-None-Match": star}, own_id, content="two litres")

    assert response.status_code == 201
    assert response.headers["Location"] == f"/notes/{own_id}"
    assert response.headers["ETag"] == '"1"'
    assert response.json()["id"] == own_id
    assert client.get(f"/notes/{own_id}").json() == response.json()


def test_an_own_id_is_a_uuid_of_version_4_or_7(as_user, alice):
    client = as_user(alice)

    assert [invalid_fields(create(client, own_id=own_id)) for own_id in OTHER_IDS] == [["id"]] * len(OTHER_IDS)
    assert not Note.objects.exists()


def test_an_own_id_in_capitals_is_the_same_id(as_user, alice):
    client = as_user(alice)
    create(client)

    assert create(client, own_id=OWN_ID.upper()).status_code == 412


def test_creating_never_overwrites(as_user, alice):
    client = as_user(alice)
    create(client)

    response = create(client, title="Bread")

    assert response.status_code == 412
    assert response.headers["ETag"] == '"1"'
    assert response.json()["current"] == client.get(f"/notes/{OWN_ID}").json()
    assert response.json()["current"]["title"] == "Milk"
    assert clock_of(alice) == 1


def test_the_id_of_another_users_note_is_unavailable(as_user, alice, bob):
    create(as_user(alice))

    response = create(as_user(bob), title="Mine")

    assert response.status_code == 409
    assert response.json()["code"] == "id_unavailable"
    assert "current" not in response.json()
    assert "ETag" not in response.headers
    assert Note.objects.get().owner == alice


def test_an_id_is_available_again_after_its_account_is_deleted(as_user, alice, bob):
    create(as_user(alice))
    alice.delete()

    assert create(as_user(bob)).status_code == 201


def test_creating_with_an_own_id_validates_the_note(as_user, alice):
    assert create(as_user(alice), title="").status_code == 400
    assert not Note.objects.exists()
