"""Where a client stands in its feed of changes: opaque, signed, and void once it could have missed something."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from accounts.models import Clock


def signer() -> signing.Signer:
    """Signs with SECRET_KEY; verifies what SECRET_KEY_FALLBACKS signed, too."""
    return signing.Signer(salt="notes.cursor")


class CursorExpired(Exception):
    """The cursor is not of this account, was altered, or is from before something that is forgotten by now."""


@dataclass(frozen=True)
class Cursor:
    """After the note `note_id` of `version`; without one, after all of that version.

    `floor` is the account's sync floor at the start of the walk: a walk that began above what was forgotten has
    missed nothing, however early its position.
    """

    user_id: UUID
    version: int
    note_id: UUID | None
    floor: int

    @classmethod
    def at_start(cls, clock: Clock) -> "Cursor":
        return cls(clock.user_id, 0, None, clock.sync_floor)

    @classmethod
    def at(cls, clock: Clock, version: int) -> "Cursor":
        return cls(clock.user_id, version, None, clock.sync_floor)

    @classmethod
    def decode(cls, text: str, clock: Clock) -> "Cursor":
        """Raises `CursorExpired`."""
        try:
            user, version, note, floor = signer().unsign_object(text)
            cursor = cls(UUID(user), version, UUID(note) if note else None, floor)
        except (signing.BadSignature, ValueError) as error:
            raise CursorExpired from error
        if cursor.user_id != clock.user_id:
            raise CursorExpired
        cursor.check(clock.sync_floor)
        return cursor

    def check(self, sync_floor: int) -> None:
        """Raises `CursorExpired` where a deletion behind this position may be forgotten by now."""
        if sync_floor > max(self.version, self.floor):
            raise CursorExpired

    def moved_to(self, version: int, note_id: UUID | None = None) -> "Cursor":
        return Cursor(self.user_id, version, note_id, self.floor)

    def __str__(self) -> str:
        note = self.note_id.hex if self.note_id else ""
        return signer().sign_object([self.user_id.hex, self.version, note, self.floor])
