"""MAX_BYTES_PER_USER: how much text an account may keep, in notes, trash and revisions.

The account's clock counts the bytes, under the lock of its tick. While the setting is off, nobody counts and every tick
resets the number to NULL. The first write that finds NULL counts everything once.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from accounts.models import Clock, User
from notes.exceptions import QuotaExceeded
from notes.models.functions import bytes_in
from notes.models.revision import Revision

if TYPE_CHECKING:
    from notes.models.note import Note


def is_limited() -> bool:
    return settings.MAX_BYTES_PER_USER > 0


def remaining(owner_id: UUID) -> int | None:
    """Return how many bytes still fit; None without a quota. Call it in a tick."""
    return subtract_from_quota(owner_id, count_all)


def estimate_remaining(owner_id: UUID) -> int | None:
    """Return how many bytes still fit at the moment; None without a quota. It writes nothing."""
    return subtract_from_quota(owner_id, sum_all)


def subtract_from_quota(owner_id: UUID, count: Callable[[UUID], int]) -> int | None:
    if not is_limited():
        return None
    total = Clock.objects.bytes_of(owner_id)
    return settings.MAX_BYTES_PER_USER - (count(owner_id) if total is None else total)


def count_growth(owner_id: UUID, size: int) -> None:
    """Count `size` more bytes, or fewer if negative. Raises `QuotaExceeded` if growth exceeds the quota."""
    if count_and_compare(owner_id, size) and size > 0:
        raise QuotaExceeded


def count_rewrite(note: "Note", before: Mapping[str, Any], revision_bytes: int) -> None:  # Any: fields' own types
    """Count a rewrite: the note had the values `before`, and its revisions grew by `revision_bytes`.

    Raises `QuotaExceeded` only if the note itself grows. If the revisions exceed the quota, the oldest ones are deleted
    to make room. The newest always stays, and that from before a program's changes: a full account must not lose a text
    that was overwritten by mistake.
    """
    if not is_limited():
        return
    growth = bytes_in({name: getattr(note, name) for name in before}) - bytes_in(before)
    excess = count_and_compare(note.owner_id, growth + revision_bytes)
    if excess and growth > 0:
        raise QuotaExceeded
    if excess and growth + revision_bytes > 0:
        freed = Revision.objects.drop_oldest(note, min(excess, growth + revision_bytes))
        count_and_compare(note.owner_id, -freed)


def count_and_compare(owner_id: UUID, size: int) -> int:
    """Count `size` more bytes and return by how many the account now exceeds its quota, at least 0."""
    if not (is_limited() and size):
        return 0
    total = Clock.objects.add_bytes(owner_id, size)
    if total is None:
        total = count_all(owner_id)
    return max(0, total - settings.MAX_BYTES_PER_USER)


def count_all(owner_id: UUID) -> int:
    """Count everything, and store the sum."""
    total = sum_all(owner_id)
    Clock.objects.set_bytes(owner_id, total)
    return total


def sum_all(owner_id: UUID) -> int:
    total: int = User(pk=owner_id).notes.total_bytes() + Revision.objects.of_owner(owner_id).total_bytes()
    return total
