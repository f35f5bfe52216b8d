"""Who may have a thread: what is likely to wait for a lock in the database waits for its turn on the loop instead."""

import asyncio
from collections.abc import Sequence
from weakref import WeakValueDictionary

from rest_framework.permissions import SAFE_METHODS

from notes_api.asgi_types import Scope

Turns = asyncio.Semaphore


class WritingTurns:
    """The bounds on how many threads are busy with writes.

    An account's writes wait for each other, on SQLite all writes do, and they would do so in every thread there is.
    So a thread is kept for reading, and those with one access token or API token get no more than half of all.
    """

    def __init__(self, threads: int) -> None:
        self.of_everybody = Turns(threads - 1)
        self.threads_of_one_token = threads // 2
        # A token is forgotten with the last request that came with it.
        self.by_token: WeakValueDictionary[bytes, Turns] = WeakValueDictionary()

    def of(self, scope: Scope) -> Sequence[Turns]:
        """What this request has to acquire, in this order, and to release when no thread works on it any more."""
        if scope["method"] in SAFE_METHODS:
            return ()
        # The word after the scheme, however many spaces stand between them.
        words = dict(scope["headers"]).get(b"authorization", b"").split()
        return (self.of_token(words[-1]), self.of_everybody) if words else (self.of_everybody,)

    def of_token(self, token: bytes) -> Turns:
        turns = self.by_token.get(token)
        if turns is None:
            turns = self.by_token[token] = Turns(self.threads_of_one_token)
        return turns
