"""The kinds of work, each with the function that does it."""

from collections.abc import Callable
from typing import Any, Protocol

# Work outside the database, such as a conversation with a mail server.
Rest = Callable[[], None]
# Takes the payload and runs in a transaction. If it returns None, the work is done with the commit, exactly once.
# Otherwise it returns the rest, which runs without a transaction and without a connection, more than once if a process
# is killed after it and before the entry is deleted. Both may raise `AttemptFailed`.
Handler = Callable[[Any], Rest | None]  # Any: a payload is JSON


class Claim(Protocol):
    """The attempt of long work."""

    @property
    def is_ending(self) -> bool:
        """Whether to raise `Unfinished` at once, because the process ends."""

    @property
    def must_pause(self) -> bool:
        """Whether to raise `Unfinished` soon: the process ends, or other work has waited for a while."""

    def renew(self) -> None:
        """Keep other workers from taking the work over. Raises `ClaimLost` if one has. Call it every few seconds.

        In the transaction of a step, it lets only one worker carry out that step.
        """


# Work that may take minutes. It is called without a transaction, and renews its claim. What it has done must be stored,
# because it is called again after `Unfinished` and after a process was killed. It may raise `AttemptFailed`.
LongHandler = Callable[[Any, Claim], None]  # Any: as above

handlers: dict[str, Handler] = {}
long_handlers: dict[str, LongHandler] = {}


class AttemptFailed(Exception):
    """The work was not done. The message is stored and logged, so it must not contain addresses or secrets."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        # Whether another attempt would fail as well.
        self.is_final = is_final


class Unfinished(Exception):
    """Long work goes on later, where it was interrupted. The attempt has not failed."""


class ClaimLost(Exception):
    """Another worker does the work, or the account was erased."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Let the function do the work of this kind. Stored entries name the kind, so it must not change."""

    def register(handler: Handler) -> Handler:
        handlers[kind] = handler
        return handler

    return register


def handles_long(kind: str) -> Callable[[LongHandler], LongHandler]:
    """Let the function do the long work of this kind, in a thread that nothing short waits for."""

    def register(handler: LongHandler) -> LongHandler:
        long_handlers[kind] = handler
        return handler

    return register
