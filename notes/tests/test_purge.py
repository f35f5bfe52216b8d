"""`manage.py purge`: removes what has been kept long enough."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Clock, Session, ThrottleCounter
from conftest import START
from notes.models import Note, StoredAnswer
from notes.models.note_queryset import NoteQuerySet
from notes.tests.factories import clock_of, make_note, make_trashed, rows_of
from notes_api.config.rate import Rate

HOUR = 3600
DAY = 24 * HOUR


def purge(capsys):
    """Run the command and return the counts it prints, by what they count."""
    call_command("purge", "--trust-clock")
    lines = [line.strip().partition(" ") for line in capsys.readouterr().out.splitlines()]
    return {what: int(count) for count, _, what in lines}


@pytest.fixture(autouse=True)
def _morning(time_machine):
    time_machine.move_to(START, tick=False)


def test_a_note_is_purged_after_30_days_in_the_trash(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(30 * DAY + 1)

    assert purge(capsys)["notes purged from the trash"] == 1
    assert Note.objects.get().purged_at == timezone.now()
    assert Note.objects.get().version == clock_of(alice) == 3


def test_a_note_stays_in_the_trash_for_30_days(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(30 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 0
    assert Note.objects.get().purged_at is None


def test_a_note_that_was_not_deleted_is_never_purged(alice, time_machine, capsys):
    make_note(owner=alice)
    before = rows_of(alice)
    time_machine.shift(9999 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 0
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_trash_days_sets_the_days_in_the_trash(alice, time_machine, capsys, settings):
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


def test_a_tombstone_is_removed_after_180_days(alice, time_machine, capsys):
    make_trashed(owner=alice).purge()
    time_machine.shift(180 * DAY + 1)

    assert purge(capsys)["tombstones deleted"] == 1
    assert not Note.objects.exists()
    assert Clock.objects.get().sync_floor == 3


def test_a_tombstone_is_kept_for_180_days(alice, time_machine, capsys):
    make_trashed(owner=alice).purge()
    time_machine.shift(180 * DAY)

    assert purge(capsys)["tombstones deleted"] == 0
    assert Note.objects.exists()
    assert Clock.objects.get().sync_floor == 0


def test_the_180_days_begin_when_the_note_is_purged(alice, time_machine, capsys):
    make_trashed(owner=alice)
    time_machine.shift(300 * DAY)

    assert purge(capsys) == {
        "notes purged from the trash": 1,
        "tombstones deleted": 0,
        "stored responses deleted": 0,
        "ended sessions deleted": 0,
        "ended API tokens deleted": 0,
        "ended grants deleted": 0,
        "device requests deleted": 0,
        "unused OAuth clients deleted": 0,
        "expired mail links deleted": 0,
        "failed outbox entries deleted": 0,
        "unverified accounts erased": 0,
        "counters deleted": 0,
        "stream slots deleted": 0,
        "exports deleted": 0,
        "reports of imports deleted": 0,
        "abandoned files deleted": 0,
        "second factors encrypted again": 0,
        "old erasures forgotten": 0,
    }


def test_tombstone_days_sets_the_days_of_a_tombstone(alice, time_machine, capsys, settings):
    settings.TOMBSTONE_DAYS = 1
    make_trashed(owner=alice).purge()
    time_machine.shift(DAY + 1)

    assert purge(capsys)["tombstones deleted"] == 1


def test_the_sync_floor_rises_to_the_newest_removed_tombstone(alice, time_machine, capsys):
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


def test_notes_purged_by_another_process_take_no_version(alice, time_machine):
    make_trashed(owner=alice)
    time_machine.shift(31 * DAY)
    due: NoteQuerySet = Note.objects.trashed_before(timezone.now())
    owners = due.owner_ids()
    call_command("purge", "--trust-clock")

    assert [due.purge(owner) for owner in owners] == [0]
    assert clock_of(alice) == 3


def test_a_note_restored_during_the_purge_is_not_purged(alice, time_machine):
    note = make_trashed(owner=alice, content="two litres")
    time_machine.shift(31 * DAY)
    due = Note.objects.trashed_before(timezone.now())
    owners = due.owner_ids()
    note.restore()

    assert [due.purge(owner) for owner in owners] == [0]
    assert Note.objects.get().content == "two litres"


def test_tombstones_removed_by_another_process_are_not_an_error(alice, time_machine):
    make_trashed(owner=alice).purge()
    time_machine.shift(181 * DAY)
    due = Note.objects.purged_before(timezone.now())
    owners = due.owner_ids()
    call_command("purge", "--trust-clock")

    assert [due.delete_tombstones(owner) for owner in owners] == [0]
    assert Clock.objects.get().sync_floor == 3


def test_stored_responses_are_removed_after_a_day_and_counted_once(as_user, alice, time_machine, capsys):
    batch = {"operations": [{"op": "create", "note": {"title": "Milk"}}] * 3}
    as_user(alice).post("/notes/batch", batch, headers={"Idempotency-Key": "one"})
    time_machine.shift(DAY)

    assert purge(capsys)["stored responses deleted"] == 1
    assert Note.objects.count() == 3


def test_stored_responses_are_kept_for_a_day(as_user, alice, time_machine, capsys):
    as_user(alice).post("/notes", {"title": "Milk"}, headers={"Idempotency-Key": "one"})
    time_machine.shift(DAY - 1)

    assert purge(capsys)["stored responses deleted"] == 0
    assert StoredAnswer.objects.exists()


@pytest.mark.parametrize("ended", [{"expires_at": "2026-01-05T09:00:00Z"}, {"revoked_at": "2026-01-05T09:00:00Z"}])
def test_sessions_are_removed_30_days_after_their_end(alice, time_machine, capsys, ended):
    Session.objects.create(user=alice, **ended)
    time_machine.shift(30 * DAY + 1)

    assert purge(capsys)["ended sessions deleted"] == 1
    assert not Session.objects.exists()


def test_ended_sessions_are_kept_30_days_even_if_the_trash_is_emptied_sooner(alice, time_machine, capsys, settings):
    settings.TRASH_DAYS = 1
    Session.objects.create(user=alice, ip_address="203.0.113.5").revoke()
    time_machine.shift(30 * DAY)

    assert purge(capsys)["ended sessions deleted"] == 0
    assert Session.objects.exists()


def test_active_and_recently_ended_sessions_are_kept(alice, time_machine, capsys):
    Session.objects.create(user=alice, expires_at=timezone.now() + timedelta(days=60))
    Session.objects.create(user=alice, revoked_at=timezone.now() + timedelta(days=2))
    time_machine.shift(31 * DAY)

    assert purge(capsys)["ended sessions deleted"] == 0
    assert Session.objects.count() == 2


def test_expired_sessions_of_the_admin_are_removed(in_admin, superuser, support, time_machine):
    in_admin(superuser)
    time_machine.shift(11 * HOUR)
    in_admin(support)
    time_machine.shift(2 * HOUR)

    call_command("purge", "--trust-clock")

    assert BrowserSession.objects.get().get_decoded()["_auth_user_id"] == str(support.pk)


def test_counters_are_removed_after_their_window(time_machine, capsys):
    ThrottleCounter.objects.reserve("old", Rate(1, 60))
    ThrottleCounter.objects.reserve("new", Rate(1, 61))
    time_machine.shift(60)

    assert purge(capsys)["counters deleted"] == 1
    assert ThrottleCounter.objects.get().key == "new"
