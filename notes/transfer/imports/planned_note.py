"""A note that an import writes or leaves out, and its line in the report."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from notes.models.functions import bytes_in
from notes.models.imported import Item
from notes.search.search_columns import add_search_columns
from notes.transfer.draft import Draft, Failure
from notes.transfer.drafting import fit_text

REASONS = {
    "purged": "You deleted this note for good.",
    "trashed": "This note is in your trash. It was left there.",
    "changed_since": "You have a note with this id that differs. It was left as it is.",
    "quota_exceeded": "The account would use more than it may: purge notes or delete earlier texts.",
    "duplicate": "The same note came before in this input.",
}
# What a report shows of one note.
MAX_WARNINGS, MAX_ATTACHMENTS = 10, 100


@dataclass
class PlannedNote:
    """A draft, the id of its note, and what happens to it."""

    draft: Draft
    id: UUID
    # An equal note came before in the input.
    is_repeated: bool = False
    status: str = "created"
    reason: str = ""
    # What is stored of it, once it is known to be new.
    columns: dict[str, Any] = field(default_factory=dict)  # Any: each column has its own type

    def prepare(self) -> None:
        """Fold the words for search, which takes most of the time."""
        self.columns = self.columns or add_search_columns(values_of(self.draft))

    def skip(self, status: str, reason: str = "") -> None:
        self.status, self.reason = status, reason

    def as_item(self) -> Item:
        problem = {"code": self.reason, "detail": REASONS[self.reason]} if self.reason else None
        item: Item = {
            "source": fit_text(self.draft.source),
            "status": self.status,
            "note_id": str(self.id) if self.status != "failed" else None,
            "problem": problem,
        }
        if self.draft.warnings:
            item["warnings"] = list(self.draft.warnings[:MAX_WARNINGS])
        if self.draft.attachments:
            names = ("name", "media_type", "sha256", "size")
            files = self.draft.attachments[:MAX_ATTACHMENTS]
            item["attachments"] = [{name: getattr(file, name) for name in names} for file in files]
        return item


def failure_item(failure: Failure) -> Item:
    problem = {"code": failure.code, "detail": fit_text(failure.message)}
    return {"source": fit_text(failure.source), "status": "failed", "note_id": None, "problem": problem}


def values_of(draft: Draft) -> dict[str, Any]:  # Any: each column has its own type
    return {
        "title": draft.title,
        "content": draft.content,
        "tags": list(draft.tags),
        "is_pinned": draft.is_pinned,
        "is_archived": draft.is_archived,
    }


def size_of(draft: Draft) -> int:
    """Return the bytes that the note and its earlier texts count towards the quota."""
    earlier = sum(
        bytes_in({"title": text.title, "content": text.content, "tags": text.tags}) for text in draft.revisions
    )
    return bytes_in(values_of(draft)) + earlier
