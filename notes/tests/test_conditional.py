"""ETag, If-Match and If-None-Match; own ids; what moves version and time."""

import pytest

from accounts.models import Clock
from notes.models import Note
from notes.tests.making import make_note

START = "2026-01-05T09:00:00Z"
LATER = "2026-01-06T18:02:11.480000Z"
OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
OWN_ID_4 = "3f2b8c1e-5d4a-4c6b-9e7f-1a2b3c4d5e6f"
ABSENT = {"If-None-Match": "*"}
WRITES = ["PUT", "PATCH", "DELETE"]

# Proxies weaken a tag, some clients drop its quotes, and a list or * may name it.
NAMES_VERSION_1 = ['"1"', 'W/"1"', "1", "W/1", '"9", "1"', '"9","1"', '"9" , W/"1" ', "9, 1", "*", ' "1" ', ' "1",']
NAMES_ANOTHER = [
    '"2"',
    'W/"2"',
    "2",
    '"11"',
    '"1.0"',
    "",
    '""',
    '"9", "8"',
    "nonsense",
    '"1',
    '1"',
    'x"1"',
    '"9" "1"',
    "W/*",
    '"*"',
    "01",
]


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk")


def send(client, method, note, headers, body='{"title": "Bread"}'):
    return client.generic(method, f"/notes/{note.pk}", body, content_type="application/json", headers=headers)


def create(client, headers=ABSENT, own_id=OWN_ID, **members):
    return client.put(f"/notes/{own_id}", {"title": "Milk", **members}, headers=headers)


def title_of(note):
    return Note.objects.active().values_list("title", flat=True).filter(pk=note.pk).first()


def test_the_etag_is_the_version(as_user, alice, note):
    response = as_user(alice).get(f"/notes/{note.pk}")

    assert response.headers["ETag"] == f'"{response.json()["version"]}"' == '"1"'


@pytest.mark.parametrize("header", NAMES_VERSION_1)
def test_what_the_client_has_already_is_not_sent_again(as_user, alice, note, header):
    response = as_user(alice).get(f"/notes/{note.pk}", headers={"If-None-Match": header})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == '"1"'


@pytest.mark.parametrize("header", NAMES_ANOTHER)
def test_what_the_client_does_not_have_is_sent(as_user, alice, note, header):
    response = as_user(alice).get(f"/notes/{note.pk}", headers={"If-None-Match": header})

    assert response.status_code == 200


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("header", NAMES_VERSION_1)
def test_a_write_to_the_version_it_names_succeeds(as_user, alice, note, method, header):
    response = send(as_user(alice), method, note, {"If-Match": header})

    assert response.status_code in (200, 204)
    assert title_of(note) != "Milk"


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("header", NAMES_ANOTHER)
def test_a_write_to_another_version_changes_nothing(as_user, alice, note, method, header):
    response = send(as_user(alice), method, note, {"If-Match": header})

    assert response.status_code == 412
    assert title_of(note) == "Milk"


@pytest.mark.parametrize("method", WRITES)
def test_a_failed_precondition_shows_the_note_as_it_is(as_user, alice, note, method):
    client = as_user(alice)

    response = send(client, method, note, {"If-Match": '"7"', "X-Request-ID": "42"})

    assert response.headers["ETag"] == '"1"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "It changed since you read it: `current` is how it is now.",
        "code": "precondition_failed",
        "request_id": "42",
        "errors": [],
        "current": client.get(f"/notes/{note.pk}").json(),
    }


@pytest.mark.parametrize("method", WRITES)
def test_a_failed_precondition_takes_no_number(as_user, alice, note, method):
    send(as_user(alice), method, note, {"If-Match": '"7"'})

    assert Clock.objects.get(user=alice).value == 1


def test_of_two_writes_to_one_version_the_second_fails(as_user, alice, note):
    client = as_user(alice)
    client.put(f"/notes/{note.pk}", {"title": "Bread"}, headers={"If-Match": '"1"'})

    response = client.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": '"1"'})

    assert response.status_code == 412
    assert title_of(note) == "Bread"


def test_a_write_answers_with_the_etag_for_the_next(as_user, alice, note):
    client = as_user(alice)
    etag = client.put(f"/notes/{note.pk}", {"title": "Bread"}).headers["ETag"]

    assert client.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": etag}).status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("header", ["*", '"1"'])
def test_if_none_match_guards_a_write_too(as_user, alice, note, method, header):
    response = send(as_user(alice), method, note, {"If-None-Match": header})

    assert response.status_code == 412
    assert title_of(note) == "Milk"


@pytest.mark.parametrize("method", WRITES)
def test_a_stranger_is_told_nothing_by_a_precondition(as_user, note, mallory, method):
    response = send(as_user(mallory), method, note, {"If-Match": '"7"'})

    assert response.status_code == 404
    assert "ETag" not in response.headers


def test_a_stranger_cannot_tell_that_a_note_exists_by_what_they_have(as_user, note, mallory):
    response = as_user(mallory).get(f"/notes/{note.pk}", headers={"If-None-Match": "*"})

    assert response.status_code == 404


def test_without_if_none_match_an_unknown_id_is_not_there(as_user, alice):
    assert create(as_user(alice), headers={}).status_code == 404
    assert not Note.objects.exists()


def test_another_if_none_match_creates_nothing(as_user, alice):
    assert create(as_user(alice), headers={"If-None-Match": '"1"'}).status_code == 404


@pytest.mark.parametrize("own_id", [OWN_ID, OWN_ID_4])
@pytest.mark.parametrize("star", ["*", " * "])
def test_a_client_may_name_its_notes(as_user, alice, own_id, star):
    client = as_user(alice)

    response = create(client, {"If-None-Match": star}, own_id, content="two litres")

    assert response.status_code == 201
    assert response.headers["Location"] == f"/notes/{own_id}"
    assert response.headers["ETag"] == '"1"'
    assert response.json()["id"] == own_id
    assert client.get(f"/notes/{own_id}").json() == response.json()


@pytest.mark.parametrize(
    "own_id",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "a8098c1a-f86e-11da-bd1a-00112444be1e",
        "6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "886313e1-3b8a-5372-9b90-0c9aee199e5d",
        "1ec9414c-232a-6b00-b3c8-9e6bdeced846",
        "320c3d4d-cc00-875b-8ec9-32d5f69181c0",
        "01939f5e-1d2a-7c40-0e1b-3f9a7d5c2b16",
    ],
)
def test_an_own_id_is_a_uuid_of_version_4_or_7(as_user, alice, own_id):
    response = create(as_user(alice), own_id=own_id)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "id"
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


def test_a_create_that_fails_takes_no_number(as_user, alice):
    client = as_user(alice)
    create(client)
    create(client)

    assert Clock.objects.get(user=alice).value == 1


def test_the_id_of_anybody_elses_note_is_not_available(as_user, alice, bob):
    create(as_user(alice))

    response = create(as_user(bob), title="Mine")

    assert response.status_code == 409
    assert response.json()["code"] == "id_unavailable"
    assert "current" not in response.json()
    assert "ETag" not in response.headers
    assert Note.objects.get().owner == alice


def test_an_id_is_free_again_when_its_account_is_gone(as_user, alice, bob):
    create(as_user(alice))
    alice.delete()

    assert create(as_user(bob)).status_code == 201


def test_creating_under_an_own_id_validates_the_note(as_user, alice):
    assert create(as_user(alice), title="").status_code == 400
    assert not Note.objects.exists()


def test_every_change_takes_the_next_number_of_the_account(as_user, alice, note):
    client = as_user(alice)
    other = make_note(owner=alice, title="Bread")

    response = client.patch(f"/notes/{note.pk}", {"is_pinned": True})

    assert other.version == 2
    assert response.json()["version"] == 3


def test_accounts_count_apart(alice, bob, note):
    assert make_note(owner=bob).version == 1


def test_deleting_takes_a_number(as_user, alice, note):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.post("/notes", {"title": "Bread"}).json()["version"] == 3


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", "{}"),
        ("PATCH", '{"title": "Milk"}'),
        ("PATCH", '{"content": null, "is_pinned": false}'),
        ("PUT", '{"title": "Milk"}'),
        ("PUT", '{"title": "Milk", "content": "", "is_pinned": false, "is_archived": false}'),
    ],
)
def test_a_write_that_changes_nothing_keeps_version_and_time(as_user, alice, method, body, time_machine):
    time_machine.move_to(START)
    note = make_note(owner=alice, title="Milk")
    before = as_user(alice).get(f"/notes/{note.pk}").json()
    time_machine.move_to(LATER)

    response = send(as_user(alice), method, note, {}, body)

    assert response.status_code == 200
    assert response.json() == before
    assert response.headers["ETag"] == '"1"'
    assert Clock.objects.get(user=alice).value == 1


@pytest.mark.parametrize("body", [{"title": "Bread"}, {"content": "two litres"}, {"title": "Bread", "is_pinned": True}])
def test_a_new_text_moves_the_time(as_user, alice, body, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, title="Milk")
    client = as_user(alice)
    time_machine.move_to("2026-01-05T09:20:00Z", tick=False)

    response = client.patch(f"/notes/{note.pk}", body)

    assert (response.json()["created_at"], response.json()["updated_at"]) == (START, "2026-01-05T09:20:00Z")
    assert response.json()["version"] == 2


@pytest.mark.parametrize("body", [{"is_pinned": True}, {"is_archived": True}])
def test_where_a_note_is_kept_moves_the_version_but_not_the_time(as_user, alice, body, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_note(owner=alice, title="Milk")
    client = as_user(alice)
    time_machine.move_to("2026-01-05T09:20:00Z", tick=False)

    response = client.patch(f"/notes/{note.pk}", body)

    assert response.json()["updated_at"] == START
    assert response.json()["version"] == 2


def test_a_time_has_microseconds(as_user, alice, time_machine):
    time_machine.move_to(LATER, tick=False)

    assert as_user(alice).post("/notes", {"title": "Milk"}).json()["created_at"] == LATER
