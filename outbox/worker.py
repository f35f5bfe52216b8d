"""Carries out the entries of the outbox: two threads in each worker process of the server, and commands.

One thread does what is short, such as sending a mail, and the other what may take minutes.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import Error, connection, connections, transaction
from django.utils import timezone

from notes_api.background_tasks import DRAIN_SECONDS
from notes_api.db.encryption import UndecryptableError
from notes_api.db.watchdog import watchdog
from notes_api.monitoring.logs import describe_database_error
from notes_api.monitoring.request_record import RequestRecord, current_record
from outbox.kinds import AttemptFailed, ClaimLost, Rest, Unfinished, handlers, long_handlers
from outbox.models import Entry
from outbox.models.entry import EntryQuerySet
from outbox.timing import DATABASE_SECONDS, DELAY_SECONDS, LIFETIME, POLL_SECONDS, RECORD_SECONDS, TURN_SECONDS

logger = logging.getLogger("notes_api.outbox")

# Entries that are read at once.
ROUND = 20


class Worker:
    def __init__(self, name: str = "outbox", kinds: Collection[str] = handlers.keys()) -> None:
        self.name, self.kinds = name, kinds
        self.changed, self.ending = threading.Event(), threading.Event()
        self.thread: threading.Thread | None = None
        # When a process that exits begins no more attempts.
        self.deadline = float("inf")
        # Whether the database was away at the last look.
        self.is_blind = False

    def start(self) -> None:
        # A daemon thread, so that one stuck in a frozen database cannot keep the process from exiting.
        self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)
        self.thread.start()

    def wake(self) -> None:
        """Carry out new entries soon, if the thread runs in this process."""
        self.changed.set()

    def run(self) -> None:
        while True:
            self.changed.clear()
            with watchdog.watch():
                pause = self.work()
            connections.close_all()
            if self.ending.is_set():
                return
            if self.changed.wait(pause):
                self.ending.wait(DELAY_SECONDS)

    def drain(self, timeout: float = DRAIN_SECONDS) -> None:
        """Carry out what is due, and end the thread, within these seconds. Another process carries out what remains."""
        if self.thread is None:
            return
        self.deadline = time.monotonic() + timeout / 2
        self.ending.set()
        self.changed.set()
        self.thread.join(timeout)
        if self.thread.is_alive():
            logger.warning("The process exits during an attempt. Another one takes the entry over.")
        else:
            self.thread, self.deadline = None, float("inf")
            self.ending.clear()

    def work(self) -> float:
        """Carry out what is due. Return after how many seconds there may be more."""
        try:
            while (pause := seconds_until_due(self.kinds)) <= 0 and time.monotonic() < self.deadline:
                self.carry_out_round(Entry.objects.all())
        except Error as error:
            if not self.is_blind:
                logger.warning("The outbox waits for the database: %s", describe_database_error(error))
            self.is_blind = True
            return DATABASE_SECONDS
        except Exception:
            logger.exception("The outbox failed")
            return POLL_SECONDS
        self.is_blind = False
        return min(pause, POLL_SECONDS)

    def carry_out_round(self, entries: EntryQuerySet) -> bool:
        """Carry out one due entry of each account. Return whether there was an attempt."""
        has_claimed = False
        for entry in entries.of_kinds(self.kinds).due().first_of_each_account()[:ROUND]:
            if time.monotonic() < self.deadline and entry.claim():
                has_claimed = True
                with logged_as(entry.request_id):
                    self.carry_out(entry)
        return has_claimed

    def carry_out(self, entry: Entry) -> None:
        """Do the work of an entry that this process has claimed. Raises `Error` if the database is away."""
        try:
            rest = begin(entry, self)
            if rest is not None:
                release_connection()
                rest()
        except ClaimLost:
            return
        except Unfinished:
            entry.release()
        except AttemptFailed as failure:
            give_back(entry, str(failure), is_final=failure.is_final)
        except UndecryptableError:
            give_back(entry, "It cannot be decrypted: SECRET_KEY has changed.", is_final=True)
        except Error as error:
            give_back(entry, describe_database_error(error))
        except Exception as error:
            logger.exception("The handler of %s failed", entry)
            give_back(entry, type(error).__name__)
        else:
            if rest is not None:
                self.record_success(entry)

    def record_success(self, entry: Entry) -> None:
        """Delete the entry. If the database is away, wait for it: otherwise the work would be done again."""
        while True:
            try:
                entry.finish()
            except Error as error:
                logger.warning("%s was done and cannot be deleted: %s", entry, describe_database_error(error))
                release_connection()
                if self.ending.wait(RECORD_SECONDS):
                    return
            else:
                return


class LongClaim:
    """The claim of a worker on long work: see `outbox.kinds.Claim`."""

    def __init__(self, entry: Entry, worker: Worker) -> None:
        self.entry, self.worker = entry, worker
        self.turn_ends_at = time.monotonic() + TURN_SECONDS

    @property
    def is_ending(self) -> bool:
        return self.worker.ending.is_set()

    @property
    def must_pause(self) -> bool:
        if self.is_ending:
            return True
        if time.monotonic() < self.turn_ends_at:
            return False
        self.turn_ends_at = time.monotonic() + TURN_SECONDS
        return Entry.objects.of_kinds(self.worker.kinds).due().exists()

    def renew(self) -> None:
        if not self.entry.renew():
            raise ClaimLost


def begin(entry: Entry, worker: Worker) -> Rest | None:
    """Do the part of the work that is in the database, and return the rest. Without a rest, delete the entry.

    Long work is returned as a rest.
    """
    if entry.has_expired:
        raise AttemptFailed(entry.last_error or "There was no attempt in time.", is_final=True)
    if entry.kind in long_handlers:
        handler = long_handlers[entry.kind]
        return lambda: handler(entry.read_payload(), LongClaim(entry, worker))
    with transaction.atomic():
        rest = handlers[entry.kind](entry.read_payload())
        if rest is None and not entry.finish():
            # The claim was lost and another worker has done it, or the account was erased.
            transaction.set_rollback(True)
    return rest


def give_back(entry: Entry, error: str, *, is_final: bool = False) -> None:
    """Record that the attempt failed. Raises `Error`."""
    if entry.record_failure(error, is_final=is_final):
        logger.warning("%s failed and is tried again (attempt %d): %s", entry, entry.attempts, error)
    else:
        logger.error("%s failed and is not tried again (attempt %d): %s", entry, entry.attempts, error)


def release_connection() -> None:
    """Close the database connection, because what follows may take long."""
    if not connection.in_atomic_block:
        connection.close()


def seconds_until_due(kinds: Collection[str]) -> float:
    due_at = Entry.objects.of_kinds(kinds).next_due_at()
    return POLL_SECONDS if due_at is None else (due_at - timezone.now()).total_seconds()


@contextmanager
def logged_as(request_id: str) -> Iterator[None]:
    """Give log lines the id of the request that added an entry."""
    token = current_record.set(RequestRecord(id=request_id) if request_id else None)
    try:
        yield
    finally:
        current_record.reset(token)


worker = Worker()
long_worker = Worker("long-work", long_handlers.keys())
workers = (worker, long_worker)


def enqueue(  # Any: whatever JSON can hold
    kind: str, payload: Mapping[str, Any], user_id: UUID | None = None, lifetime: timedelta = LIFETIME
) -> None:
    """Do this work after the current transaction has committed, as `EntryQuerySet.add` describes."""
    Entry.objects.add(kind, payload, user_id, lifetime)
    transaction.on_commit((long_worker if kind in long_handlers else worker).wake, robust=True)


def carry_out_for(user_id: UUID) -> None:
    """Carry out what is due for this account, in a command: the server would find it only after a minute."""
    while worker.carry_out_round(Entry.objects.of(user_id)):
        pass
