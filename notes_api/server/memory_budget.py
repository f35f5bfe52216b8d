"""Budgets for the memory that clients occupy in one process while they send bodies or read responses."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

MIB = 1024 * 1024


class MemoryBudget:
    """The bytes of one kind that this process may hold for all its clients together.

    When there are more, holders must give theirs up. The oldest upload goes first, however fast it is. Among responses,
    the one that has gone longest without progress goes first.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        # Those that can be evicted, in that order: oldest first. `mark_progress` makes a holder the newest.
        self.evictable: dict[Holding, None] = {}

    def enforce(self) -> None:
        """Evict holders until the total is within the limit, as far as there are any to evict."""
        if self.total <= self.limit:
            return
        for holding in list(self.evictable):
            holding.refresh()
        while self.total > self.limit and self.evictable:
            holding = next(iter(self.evictable))
            holding.release()
            # The caller works for another client, which must not suffer from an error here.
            try:
                holding.evict()
            except Exception:
                logger.exception("A client could not be evicted from a memory budget")


class Holding:
    """The bytes that one client occupies.

    `evict` is called when it must give them up. `measure` returns the present size, for holders that are not told when
    it shrinks.
    """

    def __init__(
        self, budget: MemoryBudget, evict: Callable[[], None], measure: Callable[[], int] | None = None
    ) -> None:
        self.budget = budget
        self.evict = evict
        self.measure = measure
        self.size = 0
        self.is_evictable = True

    def resize(self, size: int) -> None:
        """Set the number of bytes. Evict holders, perhaps this one, if the budget does not allow them."""
        grown = size - self.size
        if not grown:
            return
        self.size = size
        self.budget.total += grown
        if not size:
            self.budget.evictable.pop(self, None)
        elif self.is_evictable:
            self.budget.evictable.setdefault(self)
        if grown > 0:
            self.budget.enforce()

    def release(self) -> None:
        if self.size:
            self.resize(0)

    def refresh(self) -> None:
        if self.measure is not None:
            self.resize(min(self.size, self.measure()))

    def mark_progress(self) -> None:
        """Move to the end of those that can be evicted."""
        if self in self.budget.evictable:
            del self.budget.evictable[self]
            self.budget.evictable[self] = None

    def keep(self) -> None:
        """Exclude from eviction: the bytes are in use until `release`."""
        self.is_evictable = False
        self.budget.evictable.pop(self, None)


# Request bodies: what the parser has received and the application has not yet read, and what is not in a file.
incoming = MemoryBudget(24 * MIB)
# Request bodies in temporary files.
spooled = MemoryBudget(1024 * MIB)
# Responses that are not yet sent completely. One page of notes can be 8 MiB.
outgoing = MemoryBudget(32 * MIB)
