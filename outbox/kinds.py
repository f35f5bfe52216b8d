"""The kinds of work, each with the function that does it."""

from collections.abc import Callable
from typing import Any

# Work outside the database, such as a conversation with a mail server.
Rest = Callable[[], None]
# Takes the payload and runs in a transaction. If it returns None, the work is done with the commit, exactly once.
# Otherwise it returns the rest, which runs without a transaction and without a connection, more than once if a process
# is killed after it and before the entry is deleted. Both may raise `AttemptFailed`.
Handler = Callable[[Any], Rest | None]  # Any: a payload is JSON

handlers: dict[str, Handler] = {}


class AttemptFailed(Exception):
    """The work was not done. The message is stored and logged, so it must not contain addresses or secrets."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        # Whether another attempt would fail as well.
        self.is_final = is_final


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Let the function do the work of this kind. Stored entries name the kind, so it must not change."""

    def register(handler: Handler) -> Handler:
        handlers[kind] = handler
        return handler

    return register
