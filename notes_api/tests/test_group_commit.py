"""Group commit: the transactions of several threads, in one transaction of SQLite."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from django.db import OperationalError, connection, transaction

from conftest import NOWHERE
from notes.models import Note
from notes.tests.factories import make_note
from notes_api.db.sqlite import group_commit
from notes_api.db.sqlite.group_commit import GroupLost, ProcessTurns, Turns
from notes_api.tests.group_members import WAIT, Members


@pytest.fixture
def members(tmp_path):
    members = Members(tmp_path / "numbers.sqlite3")
    yield members
    if members.writer.connection is not None:
        members.writer.connection.close()


def test_transactions_that_wait_together_share_one_commit(members):
    with members.waiting_behind(*[lambda number=number: members.write(number) for number in range(8)]):
        pass

    assert members.stored == list(range(8))
    assert len(members.commits) == 1


def test_a_full_group_is_committed_and_the_next_one_begins(members, monkeypatch):
    monkeypatch.setattr(group_commit, "MAX_GROUP", 3)

    with members.waiting_behind(*[lambda number=number: members.write(number) for number in range(8)]):
        pass

    assert members.stored == list(range(8))
    assert len(members.commits) == 3


def test_a_transaction_that_is_rolled_back_takes_nothing_else_with_it(members):
    with members.waiting_behind(
        lambda: members.write(1), lambda: members.write(2, is_kept=False), lambda: members.write(3)
    ):
        pass

    assert members.stored == [1, 3]


def test_no_transaction_returns_before_the_commit_of_its_group(members):
    seen = []

    def look(shared):
        seen.append((outcomes[0].done(), members.stored))

    with members.waiting_behind(lambda: members.write(1), lambda: members.write(2, inside=look)) as outcomes:
        pass

    assert seen == [(False, [])]
    assert members.stored == [1, 2]


def test_a_commit_that_fails_fails_all_transactions_of_the_group(members):
    with members.waiting_behind(
        lambda: members.write(1),
        lambda: members.write(2, parent=404),
        lambda: members.write(3, is_kept=False),
        lambda: members.write(4),
    ) as outcomes:
        pass

    kinds = [type(outcome.exception()) for outcome in outcomes]
    # The third one may have read what the others wrote, and its response may show it.
    assert kinds == [sqlite3.OperationalError, sqlite3.OperationalError, GroupLost, sqlite3.OperationalError]
    assert members.stored == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_group_that_sqlite_rolls_back_itself_fails_as_a_whole(members, is_kept):
    """SQLite rolls back the whole transaction after some errors, for example of the disk."""
    with members.waiting_behind(
        lambda: members.write(1),
        lambda: members.write(2, is_kept=is_kept, inside=lambda shared: shared.execute("ROLLBACK")),
    ) as outcomes:
        pass

    assert [type(outcome.exception()) for outcome in outcomes] == [sqlite3.OperationalError] * 2
    assert members.stored == []


def test_the_next_group_succeeds_after_a_failure(members):
    with pytest.raises(sqlite3.OperationalError):
        members.write(1, parent=404)

    members.write(2)

    assert members.stored == [2]


def test_a_thread_that_cannot_connect_gives_its_turn_back(members):
    def fail():
        raise sqlite3.OperationalError("unable to open database file")

    with pytest.raises(sqlite3.OperationalError):
        members.writer.join(fail)
    members.write(1)

    assert members.stored == [1]


def test_a_transaction_that_waits_too_long_for_its_turn_fails(members, monkeypatch):
    monkeypatch.setattr(group_commit, "TIMEOUT", 0.01)
    members.writer.turns.acquire(WAIT)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        members.writer.join(members.connect)
    members.writer.turns.release()
    members.write(1)

    assert members.stored == [1]


def test_threads_get_their_turns_in_the_order_in_which_they_asked(members):
    order = []
    jobs = [
        lambda number=number: members.write(number, inside=lambda _, number=number: order.append(number))
        for number in range(6)
    ]

    with members.waiting_behind(*jobs):
        pass

    assert order == list(range(6))


HOLD = """
import sys
from notes_api.db.sqlite.group_commit import ProcessTurns
ProcessTurns(sys.argv[1]).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_process_waits_for_the_turn_of_another_and_gets_it_if_that_is_killed(tmp_path):
    path = str(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        turns = ProcessTurns(path)
        waiting = threading.Thread(target=turns.acquire)
        waiting.start()
        waiting.join(0.1)
        had_to_wait = waiting.is_alive()
        holder.kill()
        waiting.join(WAIT)

    assert had_to_wait
    assert not waiting.is_alive()


def test_an_unused_turn_is_free():
    turns = Turns()
    assert turns.acquire(0)
    assert not turns.pass_on()
    turns.release()

    assert turns.acquire(0)


on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one writer at a time")


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_django_writes_over_the_shared_connection_and_then_has_its_own_again(alice, shared):
    own, done = connection.connection, []

    with transaction.atomic():
        transaction.on_commit(lambda: done.append(shared.group is None and Note.objects.count()))
        make_note(owner=alice)
        inside = connection.connection

    assert inside is shared.connection is not own
    assert connection.connection is own
    assert done == [1]


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_django_that_fails_leaves_nothing(alice, shared):
    def write_and_fail():
        make_note(owner=alice)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction.atomic(write_and_fail)()

    assert not Note.objects.exists()
    assert make_note(owner=alice).version == 1


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_is_an_error_of_the_database(phone, alice, shared):
    note = Note(owner_id=NOWHERE, title="Milk", version=1, created_at=alice.created_at, updated_at=alice.created_at)

    with pytest.raises(OperationalError):
        transaction.atomic(note.save)()

    assert phone.post("/notes", {"title": "Bread"}).status_code == 201


def test_a_lock_file_that_cannot_be_opened_is_an_error_of_the_database(members, tmp_path):
    (tmp_path / "numbers.sqlite3-lock").mkdir()

    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="unable to open the lock file"):
            members.write(1)


def test_a_connection_that_cannot_roll_back_is_replaced(members):
    class Stuck(sqlite3.Connection):
        def rollback(self):
            raise sqlite3.OperationalError("disk I/O error")

    stuck = sqlite3.connect(members.path, check_same_thread=False, isolation_level=None, factory=Stuck)
    stuck.execute("PRAGMA foreign_keys = ON")
    members.writer.connection = stuck
    with pytest.raises(sqlite3.OperationalError):
        members.write(1, parent=99)
    members.write(2)

    assert members.stored == [2]


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)
