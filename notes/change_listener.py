"""Notifies the open event streams of this process when an account's clock advances.

One thread serves all streams, with one database connection. PostgreSQL sends it a notification after each commit that
advances a clock; SQLite is polled. Because notifications may get lost, the thread also compares the clocks every few
seconds, in the same query that checks whether the credentials are still valid.
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

from accounts.models import ApiToken, Grant, Session
from accounts.models.announcements import CHANNEL
from notes.lists.feed import has_changes
from notes.models import StreamSlot
from notes.models.stream_slot import RENEWAL
from notes.models.visibility import Visibility
from notes_api.background_tasks import on_drain
from notes_api.db.watchdog import watchdog
from notes_api.server.shutdown import is_shutting_down, on_shutdown

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
# The longest delay before the thread notices a new stream or, on SQLite, a change.
POLL_SECONDS = 0.25
# Seconds that a stream waits at the end of the process for the release of its slot.
RELEASE_SECONDS = 2.0


class Subscription:
    """One open stream. Keeps only the newest version, however many notifications arrive."""

    def __init__(self, visibility: Visibility, credential_id: UUID, slot: UUID, version: int) -> None:
        self.visibility = visibility
        self.user_id = visibility.owner_id
        self.credential_id = credential_id
        self.slot = slot
        self.version = version
        # The version up to which the thread has looked for changes of visible notes.
        self.checked = version
        self.has_ended = False
        self.loop = asyncio.get_running_loop()
        self.changed = asyncio.Event()

    def notify(self, version: int) -> None:
        """Report the version of the account's clock. Can be called from any thread."""
        if version > self.version:
            self._call_in_loop(lambda: self._set_version(version))

    def end(self, after: float = 0.0) -> None:
        """End the stream after this many seconds. Can be called from any thread."""
        self._call_in_loop(lambda: self.loop.call_later(after, self._set_ended))

    def concerns(self, version: int) -> bool:
        """Whether the clock advanced for a note that the credential knows: a limited one must not be told of others.

        Call it in the thread.
        """
        since, self.checked = self.checked, max(self.checked, version)
        return not self.visibility.tags or has_changes(self.visibility, since)

    async def next_version(self) -> int | None:
        """Wait until the account's clock has advanced and return its version; None if the stream must end."""
        await self.changed.wait()
        self.changed.clear()
        return None if self.has_ended else self.version

    def _call_in_loop(self, callback: Callable[[], object]) -> None:
        try:
            self.loop.call_soon_threadsafe(callback)
        except RuntimeError:
            logger.debug("The event loop of a stream ended before the stream.")

    def _set_version(self, version: int) -> None:
        if version > self.version:
            self.version = version
            self.changed.set()

    def _set_ended(self) -> None:
        self.has_ended = True
        self.changed.set()


class ChangeListener:
    """The subscriptions of this process, and the thread that notifies them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.subscriptions: dict[UUID, set[Subscription]] = defaultdict(set)
        self.slots_to_release: list[UUID] = []
        # Streams that end when all slots are released.
        self.ending: list[Subscription] = []
        self.thread: threading.Thread | None = None
        self.is_check_due = True
        self.checked_at = self.renewed_at = -math.inf
        self.data_version: int | None = None

    def subscribe(self, subscription: Subscription) -> None:
        with self.lock:
            self.subscriptions[subscription.user_id].add(subscription)
            # The clock may have advanced after the request read it.
            self.is_check_due = True
            self._ensure_thread()
        if is_shutting_down():
            subscription.end()

    def unsubscribe(self, subscription: Subscription) -> None:
        with self.lock:
            self.subscriptions[subscription.user_id].discard(subscription)
            if not self.subscriptions[subscription.user_id]:
                del self.subscriptions[subscription.user_id]

    def release_slot(self, slot: UUID) -> None:
        """Release a slot soon, in the thread: the caller may have no database connection and must not open one."""
        with self.lock:
            self.slots_to_release.append(slot)
            self._ensure_thread()

    def end_all(self) -> None:
        """End all streams, because the process shuts down. The thread first releases their slots.

        So clients that connect to another process at once find a slot. Without the database the streams end a little
        later. Can be called from any thread.
        """
        subscriptions = self.all_subscriptions()
        with self.lock:
            self.slots_to_release += [subscription.slot for subscription in subscriptions]
            self.ending += subscriptions
            self._ensure_thread()
        for subscription in subscriptions:
            subscription.end(RELEASE_SECONDS)

    def drain(self, timeout: float) -> None:
        """Wait until the slots of all ended streams are released."""
        thread = self.thread
        if thread is not None and not self.all_subscriptions():
            thread.join(timeout)

    def all_subscriptions(self) -> list[Subscription]:
        with self.lock:
            return [subscription for subscriptions in self.subscriptions.values() for subscription in subscriptions]

    def _ensure_thread(self) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self.run, name="change-listener", daemon=True)
            self.thread.start()

    def run(self) -> None:
        """Work in the thread until there are no subscriptions and no slots to release."""
        while self.has_work():
            try:
                # psycopg delivers the notifications itself, so Django does not translate its errors.
                with watchdog.watch(), connection.wrap_database_errors:
                    self.run_once()
            except DatabaseError as error:
                logger.warning("The change listener lost its database connection: %s", error)
                connection.close()
                self.is_check_due = True
                time.sleep(POLL_SECONDS)
        connection.close()

    def has_work(self) -> bool:
        with self.lock:
            if self.subscriptions or self.slots_to_release:
                return True
            self.thread = None
            return False

    def run_once(self) -> None:
        connection.close_if_unusable_or_obsolete()
        # A new connection must listen.
        self.is_check_due = self.is_check_due or connection.connection is None
        self.release_slots()
        while self.ending:
            self.ending.pop().end()
        if self.is_check_due or time.monotonic() - self.checked_at >= CHECK_SECONDS:
            self.checked_at = time.monotonic()
            self.check_clocks()
        if time.monotonic() - self.renewed_at >= RENEWAL.total_seconds():
            StreamSlot.objects.renew([subscription.slot for subscription in self.all_subscriptions()])
            self.renewed_at = time.monotonic()
        self.wait_for_changes()

    def release_slots(self) -> None:
        while self.slots_to_release:
            StreamSlot.objects.release(self.slots_to_release[0])
            with self.lock:
                del self.slots_to_release[0]

    def check_clocks(self) -> None:
        """Notify the subscriptions whose clock has advanced, and end those whose credentials are no longer valid."""
        self.listen()
        self.is_check_due = False
        subscriptions = self.all_subscriptions()
        ids = {subscription.credential_id for subscription in subscriptions}
        versions = Session.objects.usable_among(ids).clock_values()
        for model in (ApiToken, Grant):
            versions |= model.objects.usable_among(ids - versions.keys()).clock_values()
        for subscription in subscriptions:
            if subscription.credential_id in versions:
                version = versions[subscription.credential_id]
                if subscription.concerns(version):
                    subscription.notify(version)
            else:
                subscription.end()

    def listen(self) -> None:
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")

    def wait_for_changes(self) -> None:
        """Wait at most POLL_SECONDS for a change."""
        if connection.vendor == "postgresql":
            for notification in connection.connection.notifies(timeout=POLL_SECONDS):
                user_id, version = notification.payload.split()
                self.notify_account(UUID(user_id), int(version))
        else:
            time.sleep(POLL_SECONDS)
            self.poll_sqlite()

    def poll_sqlite(self) -> None:
        """Check `data_version`, which changes when another connection commits. This takes only microseconds."""
        with connection.cursor() as cursor:
            version = cursor.execute("PRAGMA data_version").fetchone()[0]
        if version != self.data_version:
            self.data_version = version
            self.is_check_due = True

    def notify_account(self, user_id: UUID, version: int) -> None:
        with self.lock:
            subscriptions = list(self.subscriptions.get(user_id, ()))
        for subscription in subscriptions:
            if subscription.concerns(version):
                subscription.notify(version)


change_listener = ChangeListener()
on_shutdown(change_listener.end_all)
on_drain(change_listener.drain)
