"""The position of a client in the change feed, opaque and signed.

It expires when the server may have forgotten a deletion that the client has not seen.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from accounts.models import Clock
from notes.exceptions import CursorExpired

logger = logging.getLogger(__name__)


def signer() -> signing.Signer:
    """Sign with SECRET_KEY, and also verify what SECRET_KEY_FALLBACKS signed."""
    return signing.Signer(salt="notes.cursor")


@dataclass(frozen=True)
class SyncCursor:
    """The position after the note `note_id` of `version`; without a note, after all notes of that version.

    `floor` is the account's sync floor when the client began at the start of the feed. Deletions up to the floor do not
    concern this client, however early its position.
    """

    user_id: UUID
    version: int
    note_id: UUID | None
    floor: int
    # In the middle of the pages for a limited credential: the version after which the first of these pages began.
    origin: int | None = None

    @classmethod
    def at_start(cls, clock: Clock) -> "SyncCursor":
        return cls(clock.user_id, 0, None, clock.sync_floor)

    @classmethod
    def at(cls, clock: Clock, version: int) -> "SyncCursor":
        return cls(clock.user_id, version, None, clock.sync_floor)

    @classmethod
    def decode(cls, text: str, clock: Clock) -> "SyncCursor":
        """Verify the signature, account and age of a cursor, and return it. Raises `CursorExpired`."""
        try:
            user, version, note, floor, *origin = signer().unsign_object(text)
            cursor = cls(UUID(user), version, UUID(note) if note else None, floor, *origin)
        except (signing.BadSignature, ValueError) as error:
            raise CursorExpired from error
        if cursor.user_id != clock.user_id:
            raise CursorExpired
        cursor.require_issued(clock)
        cursor.require_current(clock.sync_floor)
        return cursor

    def require_issued(self, clock: Clock) -> None:
        """Raise `CursorExpired` if the clock has not reached this position: it must have been set back."""
        if max(self.version, self.floor) > clock.value:
            logger.warning(
                "A client of account %s has seen version %d, and the account is at %d. A backup was restored without a"
                " new epoch: stop the server and run `manage.py new_epoch`.",
                clock.user_id,
                max(self.version, self.floor),
                clock.value,
            )
            raise CursorExpired

    def require_current(self, sync_floor: int) -> None:
        """Raise `CursorExpired` if a deletion after this position may have been forgotten."""
        if sync_floor > max(self.version, self.floor):
            raise CursorExpired

    @property
    def began_at(self) -> int:
        """A version up to which the client knows everything: 0 in the middle of pages without an origin."""
        return self.version if self.note_id is None else self.origin or 0

    def moved_to(self, version: int, note_id: UUID | None = None, origin: int | None = None) -> "SyncCursor":
        return SyncCursor(self.user_id, version, note_id, self.floor, origin)

    def __str__(self) -> str:
        note = self.note_id.hex if self.note_id else ""
        origin = [] if self.origin is None else [self.origin]
        return signer().sign_object([self.user_id.hex, self.version, note, self.floor, *origin])
