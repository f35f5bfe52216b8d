"""`manage.py new_epoch`: after a backup is restored, clients sync from the start and no version is used twice."""

import pytest
from django.core.management import call_command

from accounts.authentication.tokens import AccessToken
from accounts.flows.revocation import end_sessions
from accounts.models import Clock, Session
from conftest import PASSWORD, START
from notes.tests.factories import clock_of, make_note


def pull(client, since=None):
    return client.get("/changes", {"since": since} if since else {})


def restore_backup(alice, value):
    """Set the clock back to the time of the backup."""
    Clock.objects.filter(user=alice).update(value=value, sync_floor=0)


def begin_epoch(client):
    """Run the command, then log in again, as every client must."""
    call_command("new_epoch")
    session = Session.objects.create(user=client.session_row.user)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")


@pytest.fixture
def phone(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    return as_user(alice)


@pytest.fixture
def note(alice, phone):
    return make_note(owner=alice, title="Milk")


def test_a_new_epoch_expires_every_cursor(phone, note):
    since = pull(phone).json()["next"]

    begin_epoch(phone)

    assert pull(phone, since).status_code == 410


def test_in_a_new_epoch_clients_sync_from_the_start(phone, note):
    begin_epoch(phone)

    first = pull(phone).json()

    assert [change["note"]["title"] for change in first["changes"]] == ["Milk"]
    assert pull(phone, first["next"]).status_code == 200


def test_a_new_epoch_sets_the_clock_to_microseconds_since_1970(phone, alice, note):
    begin_epoch(phone)

    assert clock_of(alice) == 1_767_603_600_000_000


def test_a_clock_that_is_ahead_still_advances(phone, alice, note):
    Clock.objects.update(value=2**53)

    begin_epoch(phone)

    assert clock_of(alice) == 2**53 + 1


def test_a_lost_version_is_never_given_to_another_text(phone, alice, note):
    lost = phone.patch(f"/notes/{note.pk}", {"title": "Lost"}).headers["ETag"]
    restore_backup(alice, 1)
    begin_epoch(phone)
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": lost})

    assert response.status_code == 412
    assert response.json()["current"]["title"] == "Bread"


def test_restoring_the_same_backup_twice_gives_no_version_twice(phone, alice, note, time_machine):
    begin_epoch(phone)
    lost = phone.patch(f"/notes/{note.pk}", {"title": "Lost"}).headers["ETag"]
    since = pull(phone).json()["next"]
    restore_backup(alice, 1)
    time_machine.shift(1)
    begin_epoch(phone)
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    response = phone.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": lost})

    assert response.status_code == 412
    assert pull(phone, since).status_code == 410


def test_a_new_epoch_changes_the_etags_of_lists(phone, note):
    etag = phone.get("/notes").headers["ETag"]
    begin_epoch(phone)

    assert phone.get("/notes", headers={"If-None-Match": etag}).status_code == 200


def test_versions_of_a_new_epoch_are_exact_in_json(phone, note):
    begin_epoch(phone)

    assert phone.post("/notes", {"title": "Bread"}).json()["version"] < 2**53


def test_the_command_prints_how_many_accounts_it_changed(phone, bob, capsys):
    call_command("new_epoch")

    assert capsys.readouterr().out.splitlines() == [
        "Started a new epoch for 2 accounts: every client will sync from the start.",
        "Sessions ended: 1. All users have to log in again.",
        "API tokens revoked: 0. Programs need new ones.",
        "Grants ended: 0. Programs have to ask their users again.",
    ]


def test_the_command_logs_a_warning(phone, bob, caplog):
    caplog.clear()

    call_command("new_epoch")

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "All sessions (1), API tokens (0) and grants (0) were ended by new_epoch")
    ]


def test_a_session_that_ended_after_the_backup_is_not_active_again(phone, alice):
    end_sessions(alice)
    # The session as the backup has it.
    Session.objects.update(revoked_at=None)
    assert phone.get("/notes").status_code == 200

    call_command("new_epoch")

    assert phone.get("/notes").status_code == 401


def test_in_a_new_epoch_every_user_must_log_in_again(client, alice, bob, as_user):
    refresh_token = client.post("/login", {"username": alice.email, "password": PASSWORD}).json()["refresh_token"]
    of_bob = as_user(bob)

    call_command("new_epoch")

    assert client.post("/login/refresh", {"refresh_token": refresh_token}).status_code == 401
    assert of_bob.get("/notes").status_code == 401
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_a_new_epoch_ends_every_session_of_the_admin(in_admin, superuser):
    browser = in_admin(superuser)

    call_command("new_epoch")

    assert browser.get("/admin/").status_code == 302
