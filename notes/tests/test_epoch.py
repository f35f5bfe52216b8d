"""`manage.py new_epoch`: after a backup was restored, nothing that clients remember is mistaken."""

import pytest
from django.core.management import call_command

from accounts.models import Clock
from notes.tests.making import clock_of, make_note

START = "2026-01-05T09:00:00Z"


def pull(client, since=None):
    return client.get("/changes", {"since": since} if since else {})


def restore_backup(alice, value):
    """The clock as it was when the backup was made."""
    Clock.objects.filter(user=alice).update(value=value, sync_floor=0)


@pytest.fixture
def phone(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    return as_user(alice)


@pytest.fixture
def note(alice, phone):
    return make_note(owner=alice, title="Milk")


def test_a_new_epoch_voids_every_cursor(phone, note):
    since = pull(phone).json()["next"]

    call_command("new_epoch")

    assert pull(phone, since).status_code == 410


def test_in_a_new_epoch_clients_sync_from_the_start(phone, note):
    call_command("new_epoch")

    first = pull(phone).json()

    assert [change["note"]["title"] for change in first["changes"]] == ["Milk"]
    assert pull(phone, first["next"]).status_code == 200


def test_a_new_epoch_goes_beyond_every_number(phone, alice, note):
    call_command("new_epoch")

    assert clock_of(alice) == 1_767_603_600_000_000


def test_a_clock_that_is_further_still_moves(phone, alice, note):
    Clock.objects.update(value=2**53)

    call_command("new_epoch")

    assert clock_of(alice) == 2**53 + 1


def test_a_version_of_the_lost_time_is_never_given_to_another_text(phone, alice, note):
    lost = phone.patch(f"/notes/{note.pk}", {"title": "Lost"}).headers["ETag"]
    restore_backup(alice, 1)
    call_command("new_epoch")
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": lost})

    assert response.status_code == 412
    assert response.json()["current"]["title"] == "Bread"


def test_restoring_the_same_backup_twice_gives_no_number_twice(phone, alice, note, time_machine):
    call_command("new_epoch")
    lost = phone.patch(f"/notes/{note.pk}", {"title": "Lost"}).headers["ETag"]
    since = pull(phone).json()["next"]
    restore_backup(alice, 1)
    time_machine.shift(1)
    call_command("new_epoch")
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": lost})

    assert response.status_code == 412
    assert pull(phone, since).status_code == 410


def test_a_new_epoch_voids_the_tags_of_lists(phone, note):
    etag = phone.get("/notes").headers["ETag"]
    call_command("new_epoch")

    assert phone.get("/notes", headers={"If-None-Match": etag}).status_code == 200


def test_versions_of_a_new_epoch_are_exact_in_json(phone, note):
    call_command("new_epoch")

    assert phone.post("/notes", {"title": "Bread"}).json()["version"] < 2**53


def test_the_command_says_for_how_many(phone, bob, capsys):
    call_command("new_epoch")

    assert capsys.readouterr().out.startswith("A new epoch has begun for 2 accounts")
