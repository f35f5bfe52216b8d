"""What renaming or removing a tag writes to the notes of an account."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import Credential
from notes.models.functions import bytes_in
from notes.models.lost_tags import LostTags, add_lost_tags
from notes.models.revision_policy import is_turn, record_change
from notes.models.tag_count import tag_difference
from notes.search.tag_marks import tag_marks
from notes_api.db import row_writer

# What is written to each note.
COLUMNS = ("tags", "tag_marks", "lost_tags", "version", "changed_by", "changed_at")
# The JSON as text: most notes have the same, which is parsed once.
READ = ("pk", Cast("tags", TextField()), Cast("lost_tags", TextField()), "trashed_at", "changed_by")


@dataclass
class NewState:
    """What notes with the same tags and lost tags become."""

    # Of the COLUMNS, as the database takes them.
    values: list[Any]  # Any: columns differ
    # By how much the count of each tag and the bytes of the note change.
    difference: dict[str, int]
    growth: int


@dataclass
class Renaming:
    """A tag and its new name, which is None if the tag is removed; who does it, and the version that notes get."""

    old: str
    new: str | None
    by: Credential | None
    version: int
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def for_all(self) -> dict[str, Any]:  # Any: columns differ
        """What all notes get."""
        return {"version": self.version, **record_change(self.by, self.now)}

    def rename_in(self, tags: list[str]) -> list[str]:
        """Return the tags of a note afterwards. If the new name is already among them, it stays there once."""
        names = (self.new if tag == self.old else tag for tag in tags)
        return list(dict.fromkeys(name for name in names if name is not None))

    def change(self, model: type[Model], tags: list[str], lost: LostTags | None) -> NewState:
        """Return what a note with these tags and lost tags becomes."""
        renamed = self.rename_in(tags)
        lost = add_lost_tags(lost, [self.old], self.version, self.now)
        values = {"tags": renamed, "tag_marks": tag_marks(renamed), "lost_tags": lost, **self.for_all}
        growth = bytes_in({"tags": renamed}) - bytes_in({"tags": tags})
        stored = row_writer.values_of(model, COLUMNS, [values[name] for name in COLUMNS])
        return NewState(stored, tag_difference(tags, renamed), growth)


@dataclass
class Plan:
    """What a renaming writes, if the account does not change before."""

    # The values of the COLUMNS and the id of each note, as the database takes them.
    rows: list[tuple[list[Any], Any]] = field(default_factory=list)  # Any: columns differ
    # The notes whose present states become revisions.
    kept: list[UUID] = field(default_factory=list)
    # By how much the counts of tags and the bytes of the account change.
    counts: Counter[str] = field(default_factory=Counter)
    growth: int = 0


def plan_renaming(tagged: QuerySet[Any], renaming: Renaming) -> Plan:  # Any: importing notes would be circular
    """Read the notes with the tag, without their texts, and compute what to write."""
    plan = Plan()
    states: dict[tuple[str, str | None], NewState] = {}
    for pk, tags, lost, trashed_at, author in tagged.values_list(*READ).iterator():
        state = states.get((tags, lost))
        if state is None:
            names = orjson.loads(tags)
            # The query compares hashes of the tags.
            if renaming.old not in names:
                continue
            state = renaming.change(tagged.model, names, lost and orjson.loads(lost))
            states[tags, lost] = state
        plan.rows.append((state.values, *row_writer.values_of(tagged.model, ["id"], [pk])))
        plan.growth += state.growth
        if trashed_at is None:
            plan.counts.update(state.difference)
        if is_turn(author, renaming.by):
            plan.kept.append(pk)
    return plan
