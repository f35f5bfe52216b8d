"""GET /changes: which cursors are accepted, and when they expire."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Clock
from conftest import START
from notes.lists.sync_cursor import SyncCursor
from notes.tests.factories import clock_of, make_note, make_trashed
from notes.tests.feeds import changed_titles, pages, pull

LONG_AFTER = "2026-07-20T09:00:00Z"
EXPIRED = (410, "cursor_expired")


def status_and_code(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


@pytest.fixture
def expired_tombstone(alice, time_machine):
    """A note that exists, and one that was purged so long ago that its tombstone is due for removal."""
    time_machine.move_to(START, tick=False)
    kept = make_note(owner=alice, title="Kept")
    gone = make_trashed(owner=alice, title="Gone")
    gone.purge()
    time_machine.move_to(LONG_AFTER, tick=False)
    return kept


def test_an_altered_cursor_returns_410(phone, alice):
    make_note(owner=alice)
    since = pull(phone)["next"]
    last = "A" if since[-1] != "A" else "B"

    assert status_and_code(phone.get("/changes", {"since": since[:-1] + last})) == EXPIRED


def test_an_invalid_cursor_returns_410(phone):
    responses = [
        phone.get("/changes", {"since": since}) for since in ["x", "a.b", ":", "0", "NOW", "ü", "W10:x", "now."]
    ]

    assert [status_and_code(response) for response in responses] == [EXPIRED] * 8


def test_the_cursor_of_another_account_returns_410(phone, as_user, mallory):
    since = pull(phone)["next"]

    assert status_and_code(as_user(mallory).get("/changes", {"since": since})) == EXPIRED


def test_the_cursor_of_a_list_returns_410(phone, alice):
    make_note(owner=alice)
    make_note(owner=alice)
    following = phone.get("/notes?limit=1").json()["next"]

    assert status_and_code(phone.get("/changes", {"since": following.partition("cursor=")[2]})) == EXPIRED


def test_a_cursor_with_a_wrong_signature_returns_410(phone):
    since = str(SyncCursor.at_start(Clock.objects.get()))
    other = since.rpartition(":")[0] + ":" + "A" * 43

    assert status_and_code(phone.get("/changes", {"since": other})) == EXPIRED


def test_a_cursor_above_the_clock_returns_410_and_the_log_says_why(phone, alice, caplog):
    make_note(owner=alice)
    since = pull(phone)["next"]
    # As after restoring a backup without a new epoch.
    Clock.objects.update(value=0)
    caplog.clear()

    assert status_and_code(phone.get("/changes", {"since": since})) == EXPIRED

    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning == (
        f"A client of account {alice.pk} has seen version 1, and the account is at 0. A backup was restored without a"
        " new epoch: stop the server and run `manage.py new_epoch`."
    )


def test_a_cursor_from_before_removed_tombstones_returns_410(as_user, alice, expired_tombstone):
    since = str(SyncCursor.at(Clock.objects.get(), 1))
    call_command("purge", "--trust-clock")

    assert status_and_code(as_user(alice).get("/changes", {"since": since})) == EXPIRED


def test_a_cursor_from_after_removed_tombstones_continues(as_user, alice, expired_tombstone):
    client = as_user(alice)
    since = pull(client)["next"]
    call_command("purge", "--trust-clock")
    make_note(owner=alice, title="New")

    assert changed_titles(pull(client, since)) == ["New"]


def test_a_first_sync_that_began_after_the_removal_of_tombstones_completes(as_user, alice, expired_tombstone):
    make_note(owner=alice, title="New")
    call_command("purge", "--trust-clock")

    answers = pages(as_user(alice), limit=1)

    assert [changed_titles(answer) for answer in answers] == [["Kept"], ["New"]]
    assert Clock.objects.get().sync_floor == 4


def test_a_first_sync_that_began_before_the_removal_of_tombstones_starts_again(as_user, alice, expired_tombstone):
    client = as_user(alice)
    since = pull(client, limit=1)["next"]
    call_command("purge", "--trust-clock")

    assert status_and_code(client.get("/changes", {"since": since})) == EXPIRED


def test_tombstones_removed_during_a_request_are_not_skipped(as_user, alice, expired_tombstone):
    client = as_user(alice)
    since = str(SyncCursor.at(Clock.objects.get(), 1))
    purging = PurgesBeforeTheFeedIsRead()

    with connection.execute_wrapper(purging):
        response = client.get("/changes", {"since": since})

    assert purging.is_done
    assert status_and_code(response) == EXPIRED


class PurgesBeforeTheFeedIsRead:
    """Another process that purges between two statements of a request."""

    is_done = False

    def __call__(self, execute, sql, params, many, context):
        if not self.is_done and sql.startswith("SELECT") and 'FROM "notes_note"' in sql:
            self.is_done = True
            call_command("purge", "--trust-clock")
        return execute(sql, params, many, context)


def test_removing_tombstones_does_not_move_the_clock(alice, expired_tombstone):
    call_command("purge", "--trust-clock")

    assert clock_of(alice) == 4
