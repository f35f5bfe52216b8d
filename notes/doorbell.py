"""Tells the open event streams of this process when an account's clock moves.

One thread watches for all of them, with one database connection: PostgreSQL sends it a notification after each
commit that moved a clock, SQLite is polled. A notification may get lost, so the thread also compares the clocks
every few seconds, in the query that looks whether the sessions and API tokens still stand.
"""

import asyncio
import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from django.db import DatabaseError, connection

from accounts.models import ApiToken, Session, ThrottleCounter
from accounts.models.clock import CHANNEL
from notes_api.draining import is_draining, when_draining

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
# How soon a new stream or, on SQLite, a change is noticed.
GLANCE_SECONDS = 0.25
# A stream holds its slot for so long; a process that died can renew none, and its slots become free.
LEASE_SECONDS = 60
RENEWAL_SECONDS = 15.0


class Bell:
    """One open stream: remembers the newest number, however often it rings."""

    def __init__(self, user_id: UUID, credential_id: UUID, slot: str, version: int) -> None:
        self.user_id = user_id
        self.credential_id = credential_id
        self.slot = slot
        self.newest = version
        self.has_ended = False
        self.loop = asyncio.get_running_loop()
        self.rung = asyncio.Event()

    def ring(self, version: int) -> None:
        """From any thread: the account's clock is at `version`."""
        if version > self.newest:
            self.tell(lambda: self.move_to(version))

    def end(self) -> None:
        """From any thread: the stream shall end."""
        self.tell(self.stop)

    async def next(self) -> int | None:
        """The account's number once it has moved; None when the stream shall end."""
        await self.rung.wait()
        self.rung.clear()
        return None if self.has_ended else self.newest

    def tell(self, message: Callable[[], None]) -> None:
        try:
            self.loop.call_soon_threadsafe(message)
        except RuntimeError:
            logger.debug("A stream's loop has ended before the stream.")

    def move_to(self, version: int) -> None:
        if version > self.newest:
            self.newest = version
            self.rung.set()

    def stop(self) -> None:
        self.has_ended = True
        self.rung.set()


class Doorbell:
    """The bells of this process and the thread that rings them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bells: dict[UUID, set[Bell]] = defaultdict(set)
        self.left: list[str] = []
        self.thread: threading.Thread | None = None
        self.is_check_due = True
        self.checked_at = self.renewed_at = -math.inf
        self.data_version: int | None = None

    def join(self, bell: Bell) -> None:
        with self.lock:
            self.bells[bell.user_id].add(bell)
            # It may have rung between the request's look at the clock and now.
            self.is_check_due = True
            self.work()
        if is_draining():
            bell.end()

    def leave(self, bell: Bell) -> None:
        with self.lock:
            self.bells[bell.user_id].discard(bell)
            if not self.bells[bell.user_id]:
                del self.bells[bell.user_id]

    def free(self, slot: str) -> None:
        """Give a slot back, soon: who calls this may have no database connection, and shall not open one."""
        with self.lock:
            self.left.append(slot)
            self.work()

    def end_all(self) -> None:
        """From any thread: the process shuts down, with or without its database."""
        for bell in self.all_bells():
            bell.end()

    def work(self) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self.watch, name="doorbell", daemon=True)
            self.thread.start()

    def watch(self) -> None:
        """The thread: ends with its last bell."""
        while self.has_work():
            try:
                # PostgreSQL's notifications come from its driver, without Django's translation of its errors.
                with connection.wrap_database_errors:
                    self.glance()
            except DatabaseError as error:
                logger.warning("The doorbell lost its database: %s", error)
                connection.close()
                self.is_check_due = True
                time.sleep(GLANCE_SECONDS)
        connection.close()

    def has_work(self) -> bool:
        with self.lock:
            if self.bells or self.left:
                return True
            self.thread = None
            return False

    def glance(self) -> None:
        self.give_slots_back()
        if self.is_check_due or time.monotonic() - self.checked_at >= CHECK_SECONDS:
            self.checked_at = time.monotonic()
            self.check()
        if time.monotonic() - self.renewed_at >= RENEWAL_SECONDS:
            ThrottleCounter.objects.extend([bell.slot for bell in self.all_bells()], LEASE_SECONDS)
            self.renewed_at = time.monotonic()
        self.wait()

    def give_slots_back(self) -> None:
        while self.left:
            ThrottleCounter.objects.give_back(self.left[0])
            with self.lock:
                del self.left[0]

    def check(self) -> None:
        """Ring where a clock has moved, and end where the credentials are good no more."""
        self.listen()
        self.is_check_due = False
        bells = self.all_bells()
        ids = {bell.credential_id for bell in bells}
        clocks = Session.objects.standing(ids).clocks()
        clocks |= ApiToken.objects.standing(ids - clocks.keys()).clocks()
        for bell in bells:
            if bell.credential_id in clocks:
                bell.ring(clocks[bell.credential_id])
            else:
                bell.end()

    def all_bells(self) -> list[Bell]:
        with self.lock:
            return [bell for bells in self.bells.values() for bell in bells]

    def listen(self) -> None:
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")

    def wait(self) -> None:
        """Until something may have happened, at most GLANCE_SECONDS."""
        if connection.vendor == "postgresql":
            for notification in connection.connection.notifies(timeout=GLANCE_SECONDS):
                user_id, version = notification.payload.split()
                self.announce(UUID(user_id), int(version))
        else:
            time.sleep(GLANCE_SECONDS)
            self.poll()

    def poll(self) -> None:
        """On SQLite: `data_version` moves when another connection has committed; asking costs microseconds."""
        with connection.cursor() as cursor:
            version = cursor.execute("PRAGMA data_version").fetchone()[0]
        if version != self.data_version:
            self.data_version = version
            self.is_check_due = True

    def announce(self, user_id: UUID, version: int) -> None:
        with self.lock:
            bells = list(self.bells.get(user_id, ()))
        for bell in bells:
            bell.ring(version)


doorbell = Doorbell()
when_draining(doorbell.end_all)
