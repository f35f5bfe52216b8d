"""Who may have a thread: what is likely to wait for a lock in the database waits for its turn on the loop instead."""

import asyncio
from collections.abc import Sequence
from weakref import WeakValueDictionary

from notes_api.asgi_types import Scope

Turn = asyncio.Semaphore
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class WritingTurns:
    """The bounds on how many threads are busy with writes.

    An account's writes wait for each other, on SQLite all writes do, and they would do so in every thread there is.
    So a thread is kept for reading, and those with one access token or API token get no more than half of all.
    """

    def __init__(self, threads: int) -> None:
        self.all = Turn(threads - 1)
        self.size_of_one = threads // 2
        # A token is forgotten with the last request that came with it.
        self.by_token: WeakValueDictionary[bytes, Turn] = WeakValueDictionary()

    def of(self, scope: Scope) -> Sequence[Turn]:
        """What this request has to acquire, in this order, and to release when no thread works on it any more."""
        if scope["method"] in SAFE_METHODS:
            return ()
        # The word after the scheme, however many spaces stand between them.
        words = dict(scope["headers"]).get(b"authorization", b"").split()
        return (self.of_token(words[-1]), self.all) if words else (self.all,)

    def of_token(self, token: bytes) -> Turn:
        turn = self.by_token.get(token)
        if turn is None:
            turn = self.by_token[token] = Turn(self.size_of_one)
        return turn
