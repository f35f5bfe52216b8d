"""Tells the change listeners of all processes that clocks have advanced (PostgreSQL only): soon, many at once."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from django.db import DatabaseError, transaction

from notes_api.background_tasks import Batch
from notes_api.db.compiled import run_statement

# The channel that `change_listener` listens to. A payload is "<account id> <version>".
CHANNEL = "notes_api_clock"
# Seconds for which announcements are collected.
DELAY = 0.01


def announce(payloads: Mapping[str, None]) -> None:
    """Send these payloads. If the database fails, they are lost: listeners compare the clocks every few seconds."""
    with suppress(DatabaseError):
        run_statement("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) payload", [CHANNEL, list(payloads)])


# A set: of two versions of an account the later one may be added first.
announcements: Batch[str, None] = Batch("announcements", announce, seconds=DELAY)


def announce_after_commit(owner_id: UUID, version: int) -> None:
    """Announce that the clock of an account has advanced to this version.

    This comes after the commit and on a connection of its own. NOTIFY in a transaction makes all commits of the server
    wait for each other, and a statement for each write would cost as much as a fifth of the write.
    """
    transaction.on_commit(lambda: announcements.add(f"{owner_id} {version}", None), robust=True)
