"""The exceptions of the models. `notes.problems` maps each to a problem."""

from typing import Any
from uuid import UUID


class NoteChanged(Exception):
    """The note does not have the version that the client expects; `current` is the note now."""

    def __init__(self, current: Any) -> None:  # Any: a note; importing the model would close a cycle of imports
        super().__init__(current)
        self.current = current


class IdTaken(Exception):
    """A note of another account has this id."""


class QuotaExceeded(Exception):
    """The write would exceed the account's quota of MAX_BYTES_PER_USER."""


class TooManyTags(Exception):
    """The note would have more tags than it may: those of the request and one that the credential is limited to."""


class ContentTooLarge(Exception):
    """The content would exceed CONTENT_MAX_BYTES bytes of UTF-8."""


class CannotUndo(Exception):
    """The state of a note before the changes is not known, or others have changed it since. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EditConflict(Exception):
    """The `old` of edit number `position`, counted from 0, does not occur exactly once."""

    def __init__(self, position: int, *, occurs: bool) -> None:
        super().__init__(position)
        self.position = position
        self.occurs = occurs


class UnknownFormat(Exception):
    """No format recognises the input."""


class ImportInProgress(Exception):
    """Another import of the account is being carried out; `import_id` says which."""

    def __init__(self, import_id: UUID) -> None:
        super().__init__(import_id)
        self.import_id = import_id


class CursorExpired(Exception):
    """The cursor belongs to another account, was altered, or is older than a deletion that is forgotten."""
