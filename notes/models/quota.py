"""MAX_BYTES_PER_USER: how much text an account may keep, in notes, trash and earlier texts.

The bytes are counted on the clock of the account, under the lock of its tick. While the setting is off nobody counts,
and every tick forgets the number; the first write that finds none counts everything once.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from accounts.models import Clock, User
from notes.models.revision import Revision
from notes.models.sizes import bytes_in

if TYPE_CHECKING:
    from notes.models.note import Note


class QuotaExceeded(Exception):
    """The account would keep more than MAX_BYTES_PER_USER."""


def is_limited() -> bool:
    return settings.MAX_BYTES_PER_USER > 0


def grow(owner_id: UUID, size: int) -> None:
    """The account has just grown by so many bytes, or shrunk. Raises `QuotaExceeded` where it may not grow."""
    if excess_after(owner_id, size) and size > 0:
        raise QuotaExceeded


def settle(note: "Note", before: Mapping[str, Any], kept: int) -> None:  # Any: each field has its own type
    """The note had these values before it was rewritten, and its earlier texts grew by `kept` bytes.

    A note that does not grow is never refused. Where there is no room for the text it had, its oldest earlier texts
    make room, and in any case the last one stays: a full account must not lose what was overwritten by mistake.
    """
    if not is_limited():
        return
    grown = bytes_in({name: getattr(note, name) for name in before}) - bytes_in(before)
    excess = excess_after(note.owner_id, grown + kept)
    if excess and grown > 0:
        raise QuotaExceeded
    if excess and grown + kept > 0:
        freed = Revision.objects.of(note).drop_oldest(min(excess, grown + kept))
        excess_after(note.owner_id, -freed)


def excess_after(owner_id: UUID, size: int) -> int:
    """By how much the account exceeds its quota, now that it has grown by `size` bytes."""
    if not (is_limited() and size):
        return 0
    kept = Clock.objects.count_bytes(owner_id, size)
    if kept is None:
        kept = User(pk=owner_id).notes.total_bytes() + Revision.objects.of_owner(owner_id).total_bytes()
        Clock.objects.set_bytes(owner_id, kept)
    return max(0, kept - settings.MAX_BYTES_PER_USER)
