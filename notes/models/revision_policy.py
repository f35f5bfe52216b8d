"""When the earlier state of a note becomes a revision, and what a note records about a change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone

from accounts.models import Credential

Values = Mapping[str, Any]  # Any: each field has its own type

# A change of these fields sets `updated_at` and may store a revision. Pinning, archiving and trashing do neither.
TEXT_FIELDS = frozenset({"title", "content", "tags"})
REVISION_INTERVAL = timedelta(minutes=5)
# How `Credential.as_author` of a session begins.
SESSION_PREFIX = '{"kind":"session",'


class RevisedNote(Protocol):
    """What revisions read of their note. Importing the model itself would close a cycle of imports."""

    pk: UUID
    content: str
    written_by: UUID | None
    changed_by: str | None
    revised_at: datetime | None

    @property
    def text(self) -> dict[str, Any]: ...  # Any: each field has its own type


def record_change(by: Credential | None, now: datetime | None = None) -> dict[str, object]:
    """Return what a note records about any change."""
    return {"changed_by": None if by is None else by.as_author, "changed_at": now or timezone.now()}


def record_rewrite(
    note: RevisedNote, changed: Values, by: Credential | None, *, may_keep: bool, is_worth_keeping: bool
) -> dict[str, object]:
    """Return what a note records about new values. With a `revised_at`, the earlier state must become a revision.

    `may_keep` is False for a state written in the same transaction: nobody has seen it, and the next text gets the same
    version.
    """
    now = timezone.now()
    recorded = record_change(by, now)
    is_text = bool(changed.keys() & TEXT_FIELDS)
    writer = None if by is None else by.pk
    if is_text:
        recorded |= {"updated_at": now, "written_by": writer}
    is_due = is_worth_keeping or is_turn(note.changed_by, by)
    if may_keep and (is_due or (is_text and is_worth_a_revision(note, changed, writer, now))):
        recorded["revised_at"] = now
    return recorded


def is_turn(author: str | None, by: Credential | None) -> bool:
    """Whether a program begins to change a note that another author has changed last, or the other way round.

    The state in between is always stored, so that what a program has changed can be undone.
    """
    following = None if by is None else by.as_author
    return following != author and (is_by_program(author) or is_by_program(following))


def is_by_program(author: str | None) -> bool:
    """Whether this author is an API token or a grant."""
    return author is not None and not author.startswith(SESSION_PREFIX)


def is_worth_a_revision(note: RevisedNote, values: Values, by: UUID | None, now: datetime) -> bool:
    """Whether to store the text that is about to be overwritten: not if it is one of many small saves in a row."""
    is_first = note.revised_at is None or now - note.revised_at >= REVISION_INTERVAL
    is_cut = len(values.get("content", note.content)) < len(note.content) / 2
    return is_first or is_cut or by != note.written_by
