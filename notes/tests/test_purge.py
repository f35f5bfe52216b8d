"""`manage.py purge`: what has been kept long enough goes."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Clock, Session, ThrottleCounter
from notes.models import Note, StoredAnswer
from notes.models.note import NoteQuerySet
from notes.tests.making import clock_of, make_note, make_trashed, rows_of
from notes_api.environment import Rate

START = "2026-01-05T09:00:00Z"
DAY = 24 * 3600


def purge(capsys):
    """What the command says, by what it says it of."""
    call_command("purge")
    lines = [line.strip().partition(" ") for line in capsys.readouterr().out.splitlines()]
    return {what: int(count) for count, _, what in lines}


@pytest.fixture(autouse=True)
def _morning(time_machine):
    time_machine.move_to(START, tick=False)


def test_what_was_long_in_the_trash_is_purged(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(30 * DAY + 1)

    assert purge(capsys)["notes purged from the trash"] == 1
    assert Note.objects.get().purged_at == timezone.now()
    assert Note.objects.get().version == clock_of(alice) == 3


def test_what_was_deleted_lately_stays_in_the_trash(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(30 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 0
    assert Note.objects.get().purged_at is None


def test_what_was_not_deleted_stays_for_ever(alice, time_machine, capsys):
    make_note(owner=alice)
    before = rows_of(alice)
    time_machine.shift(9999 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 0
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_trash_days_says_how_long(alice, time_machine, capsys, settings):
    settings.TRASH_DAYS = 1
    make_trashed(owner=alice)
    time_machine.shift(DAY + 1)

    assert purge(capsys)["notes purged from the trash"] == 1


def test_each_account_ticks_once(alice, bob, time_machine, capsys):
    make_trashed(owner=alice)
    make_trashed(owner=alice)
    make_trashed(owner=bob)
    time_machine.shift(31 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 3
    assert (clock_of(alice), clock_of(bob)) == (5, 3)


def test_a_deletion_is_forgotten_after_180_days(alice, time_machine, capsys):
    make_trashed(owner=alice).purge()
    time_machine.shift(180 * DAY + 1)

    assert purge(capsys)["deletions forgotten"] == 1
    assert not Note.objects.exists()
    assert Clock.objects.get().sync_floor == 3


def test_a_deletion_is_remembered_for_180_days(alice, time_machine, capsys):
    make_trashed(owner=alice).purge()
    time_machine.shift(180 * DAY)

    assert purge(capsys)["deletions forgotten"] == 0
    assert Note.objects.exists()
    assert Clock.objects.get().sync_floor == 0


def test_the_180_days_begin_when_the_note_is_purged(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(300 * DAY)

    assert purge(capsys) == {
        "notes purged from the trash": 1,
        "deletions forgotten": 0,
        "stored answers removed": 0,
        "ended sessions removed": 0,
        "ended API tokens removed": 0,
        "links from mails removed": 0,
        "accounts erased that nobody claimed": 0,
        "counters removed": 0,
        "second factors sealed anew": 0,
    }


def test_tombstone_days_says_how_long(alice, time_machine, capsys, settings):
    settings.TOMBSTONE_DAYS = 1
    make_trashed(owner=alice).purge()
    time_machine.shift(DAY + 1)

    assert purge(capsys)["deletions forgotten"] == 1


def test_the_floor_rises_to_the_newest_of_the_forgotten(alice, time_machine, capsys):
    make_trashed(owner=alice).purge()
    make_trashed(owner=alice).purge()
    make_note(owner=alice)
    time_machine.shift(181 * DAY)

    purge(capsys)

    assert Clock.objects.get().sync_floor == 6
    assert clock_of(alice) == 7


def test_a_second_run_finds_nothing_to_do(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(31 * DAY)
    purge(capsys)
    before = rows_of(alice), clock_of(alice)

    assert set(purge(capsys).values()) == {0}
    assert (rows_of(alice), clock_of(alice)) == before


def test_what_another_process_purged_meanwhile_takes_no_number(alice, time_machine):
    make_trashed(owner=alice)
    time_machine.shift(31 * DAY)
    due: NoteQuerySet = Note.objects.trashed_before(timezone.now())
    owners = due.owners()
    call_command("purge")

    assert [due.purge(owner) for owner in owners] == [0]
    assert clock_of(alice) == 3


def test_what_was_restored_meanwhile_is_not_purged(alice, time_machine):
    note = make_trashed(owner=alice, content="two litres")
    time_machine.shift(31 * DAY)
    due = Note.objects.trashed_before(timezone.now())
    owners = due.owners()
    note.restore()

    assert [due.purge(owner) for owner in owners] == [0]
    assert Note.objects.get().content == "two litres"


def test_what_another_process_forgot_meanwhile_is_no_error(alice, time_machine):
    make_trashed(owner=alice).purge()
    time_machine.shift(181 * DAY)
    due = Note.objects.purged_before(timezone.now())
    owners = due.owners()
    call_command("purge")

    assert [due.forget(owner) for owner in owners] == [0]
    assert Clock.objects.get().sync_floor == 3


def test_answers_are_removed_after_a_day_and_counted_once(as_user, alice, time_machine, capsys):
    batch = {"operations": [{"op": "create", "note": {"title": "Milk"}}] * 3}
    as_user(alice).post("/notes/batch", batch, headers={"Idempotency-Key": "one"})
    time_machine.shift(DAY)

    assert purge(capsys)["stored answers removed"] == 1
    assert Note.objects.count() == 3


def test_answers_of_today_stay(as_user, alice, time_machine, capsys):
    as_user(alice).post("/notes", {"title": "Milk"}, headers={"Idempotency-Key": "one"})
    time_machine.shift(DAY - 1)

    assert purge(capsys)["stored answers removed"] == 0
    assert StoredAnswer.objects.exists()


@pytest.mark.parametrize("ended", [{"expires_at": "2026-01-05T09:00:00Z"}, {"revoked_at": "2026-01-05T09:00:00Z"}])
def test_sessions_that_ended_long_ago_are_removed(alice, time_machine, capsys, ended):
    Session.objects.create(user=alice, **ended)
    time_machine.shift(30 * DAY + 1)

    assert purge(capsys)["ended sessions removed"] == 1
    assert not Session.objects.exists()


def test_what_tells_of_a_known_address_stays_where_the_trash_is_emptied_sooner(alice, time_machine, capsys, settings):
    settings.TRASH_DAYS = 1
    Session.objects.create(user=alice, ip_address="203.0.113.5").revoke()
    time_machine.shift(30 * DAY)

    assert purge(capsys)["ended sessions removed"] == 0
    assert Session.objects.exists()


def test_sessions_that_stand_or_ended_lately_stay(alice, time_machine, capsys):
    Session.objects.create(user=alice, expires_at=timezone.now() + timedelta(days=60))
    Session.objects.create(user=alice, revoked_at=timezone.now() + timedelta(days=2))
    time_machine.shift(31 * DAY)

    assert purge(capsys)["ended sessions removed"] == 0
    assert Session.objects.count() == 2


def test_sessions_of_the_admin_are_removed_when_they_have_expired(in_admin, superuser, support, time_machine):
    in_admin(superuser)
    time_machine.shift(13 * DAY)
    in_admin(support)
    time_machine.shift(DAY + 1)

    call_command("purge")

    assert BrowserSession.objects.get().get_decoded()["_auth_user_id"] == str(support.pk)


def test_counters_are_removed_when_their_window_is_over(time_machine, capsys):
    ThrottleCounter.objects.reserve("old", Rate(1, 60))
    ThrottleCounter.objects.reserve("new", Rate(1, 61))
    time_machine.shift(60)

    assert purge(capsys)["counters removed"] == 1
    assert ThrottleCounter.objects.get().key == "new"
