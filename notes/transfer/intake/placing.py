"""Writes drafts as notes: each that is new, once, and nothing that was changed since."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts.models import Clock, Tick, tick
from notes.models import Note, Revision, quota
from notes.models.functions import OctetLength, bytes_in
from notes.models.imported import Item
from notes.models.revision import MAX_REVISIONS
from notes.models.tag_count import count_tags
from notes.search.search_columns import add_search_columns
from notes.transfer.draft import Draft, Failure
from notes.transfer.ids import derive_id, replacement_id
from notes_api.db import row_writer

# What of a note decides whether it is as it was imported.
COMPARED = ("title", "tags", "is_pinned", "is_archived")
REASONS = {
    "purged": "You deleted this note for good.",
    "changed_since": "You have a note with this id that differs. It was left as it is.",
    "quota_exceeded": "The account would use more than it may: purge notes or delete earlier texts.",
    "duplicate": "The same note came before in this input.",
}
# What a report shows of one note.
MAX_WARNINGS, MAX_ATTACHMENTS = 10, 100

Stored = Mapping[str, Any]  # Any: each column has its own type


class Author(NamedTuple):
    """Who imports: the id of the credential, and what notes say of it."""

    id: UUID | None = None
    text: str | None = None


@dataclass
class Place:
    """Where a draft belongs, and what will happen to it."""

    draft: Draft
    id: UUID
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
            "source": self.draft.source,
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
    problem = {"code": failure.code, "detail": failure.message}
    return {"source": failure.source, "status": "failed", "note_id": None, "problem": problem}


@dataclass
class Group:
    """Drafts that are written together."""

    owner_id: UUID
    places: list[Place] = field(default_factory=list)

    @property
    def new(self) -> list[Place]:
        return [place for place in self.places if place.status == "created"]

    def add(self, draft: Draft) -> Place:
        place = Place(draft, derive_id(self.owner_id, draft))
        self.places.append(place)
        return place

    def compare(self) -> None:
        """Find out which of the drafts are new, with what the database has now."""
        stored = read_stored({place.id for place in self.places})
        foreign = [
            place
            for place in self.places
            if place.id.version not in (4, 7) or is_foreign(stored.get(place.id), self.owner_id)
        ]
        for place in foreign:
            place.id = replacement_id(self.owner_id, place.id)
        if foreign:
            stored = read_stored({place.id for place in self.places})
        contents = read_contents(self.places, stored)
        seen: set[UUID] = set()
        for place in self.places:
            place.skip("created")
            if place.id in seen:
                place.skip("unchanged", "duplicate")
            elif (note := stored.get(place.id)) is not None:
                place.skip(*compare(place.draft, note, contents.get(place.id)))
            seen.add(place.id)


def is_foreign(note: Stored | None, owner_id: UUID) -> bool:
    return note is not None and note["owner_id"] != owner_id


def read_stored(ids: Collection[UUID]) -> dict[UUID, Stored]:
    columns = ("id", "owner_id", "purged_at", "trashed_at", *COMPARED)
    rows = Note.objects.filter(pk__in=ids).annotate(size=OctetLength("content")).values(*columns, "size")
    return {row["id"]: row for row in rows}


def read_contents(places: Sequence[Place], stored: Mapping[UUID, Stored]) -> dict[UUID, str]:
    """Return the contents that may be equal. Others can be long, and need not be read."""
    ids = [
        place.id
        for place in places
        if place.id in stored and stored[place.id]["size"] == len(place.draft.content.encode())
    ]
    return dict(Note.objects.filter(pk__in=ids).values_list("pk", "content")) if ids else {}


def compare(draft: Draft, note: Stored, content: str | None) -> tuple[str, str]:
    """Return the status of a draft whose note exists, and why it is not imported."""
    if note["purged_at"] is not None:
        return "skipped", "purged"
    values = values_of(draft)
    is_same = content == draft.content and all(note[name] == values[name] for name in COMPARED)
    if is_same and (note["trashed_at"] is None) == (draft.trashed_at is None):
        return "unchanged", ""
    return "skipped", "changed_since"


def values_of(draft: Draft) -> dict[str, Any]:  # Any: each column has its own type
    return {
        "title": draft.title,
        "content": draft.content,
        "tags": list(draft.tags),
        "is_pinned": draft.is_pinned,
        "is_archived": draft.is_archived,
    }


def write_group(group: Group, author: Author) -> None:
    """Write the notes that are new, in one tick. Call it in a transaction, with what `compare` has found outside of it.

    What no longer fits in the account's quota fails. Raises `AccountErased`.
    """
    if not group.new:
        return
    for place in group.new:
        place.prepare()
    with tick(group.owner_id) as change:
        # Somebody else may have written since.
        group.compare()
        limit_to_quota(group)
        new = group.new
        if not new:
            change.cancel()
            return
        make_room_for_revisions(change, max(len(place.draft.revisions) for place in new))
        row_writer.insert_all([make_note(change, place, author) for place in new])
        row_writer.insert_all([revision for place in new for revision in make_revisions(change, place)])
        for place in new:
            if place.draft.trashed_at is None:
                count_tags(change, [], place.draft.tags)


def limit_to_quota(group: Group) -> None:
    room = quota.remaining(group.owner_id)
    if room is None:
        return
    used = 0
    for place in group.new:
        size = size_of(place.draft)
        if used + size > room:
            place.skip("failed", "quota_exceeded")
        else:
            used += size
    quota.count_growth(group.owner_id, used)


def size_of(draft: Draft) -> int:
    """Return the bytes that the note and its earlier texts count towards the quota."""
    earlier = sum(
        bytes_in({"title": text.title, "content": text.content, "tags": text.tags}) for text in draft.revisions
    )
    return bytes_in(values_of(draft)) + earlier


def make_room_for_revisions(change: Tick, count: int) -> None:
    """Advance the clock further: each earlier text of a note has a version of its own, below that of the note."""
    if count:
        Clock.objects.advance(change.owner_id, min(count, MAX_REVISIONS))
        change.version += min(count, MAX_REVISIONS)


def make_note(change: Tick, place: Place, author: Author) -> Note:
    draft = place.draft
    place.prepare()
    created_at = draft.created_at or draft.updated_at or timezone.now()
    return Note(
        id=place.id,
        owner_id=change.owner_id,
        version=change.version,
        created_at=created_at,
        updated_at=draft.updated_at or created_at,
        trashed_at=draft.trashed_at,
        written_by=author.id,
        changed_by=author.text,
        changed_at=timezone.now(),
        revised_at=draft.revisions[-1].kept_at if draft.revisions else None,
        **place.columns,
    )


def make_revisions(change: Tick, place: Place) -> list[Revision]:
    texts = place.draft.revisions[-MAX_REVISIONS:]
    first = change.version - len(texts)
    return [
        Revision(
            note_id=place.id,
            version=first + number,
            title=text.title,
            content=text.content,
            tags=list(text.tags),
            written_at=text.written_at,
            kept_at=text.kept_at,
        )
        for number, text in enumerate(texts)
    ]
