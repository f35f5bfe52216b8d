"""How many active notes of an account have each tag.

Counting them on demand would read the tags of all notes. Every write that changes them adds the difference instead.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import connection, models

from accounts.models import Tick
from notes_api.db.compiled import run_statement

# Adds pairs of a name and a number to the counts of the account `ticked.user_id`. A count that reaches 0 is deleted. It
# cannot be added to before, because a statement of PostgreSQL must not change a row twice.
ADD_COUNTS = """
    pairs AS (
        SELECT user_id, pair->>0 AS name, (pair->>1)::bigint AS number
        FROM ticked, jsonb_array_elements(%s::jsonb) AS pair
    ),
    ended AS (
        DELETE FROM notes_tagcount AS counted USING pairs
        WHERE counted.owner_id = user_id AND counted.name = pairs.name AND notes + number <= 0 RETURNING counted.name
    ),
    added AS (
        INSERT INTO notes_tagcount (owner_id, name, notes)
        SELECT user_id, name, number FROM pairs WHERE number > 0 OR name IN (
            SELECT counted.name FROM notes_tagcount AS counted
            WHERE counted.owner_id = user_id AND counted.name NOT IN (SELECT name FROM ended)
        )
        ON CONFLICT (owner_id, name) DO UPDATE SET notes = notes_tagcount.notes + excluded.notes
    )
"""
# The same for SQLite, whose parts of a statement cannot write.
SQLITE_PAIRS = "SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS number FROM json_each(%s)"
SQLITE_ADD = (
    f"INSERT INTO notes_tagcount (owner_id, name, notes) SELECT %s, name, number FROM ({SQLITE_PAIRS}) WHERE true"  # noqa: S608  # no input
    " ON CONFLICT (owner_id, name) DO UPDATE SET notes = notes_tagcount.notes + excluded.notes"
)
SQLITE_END = (
    "DELETE FROM notes_tagcount WHERE owner_id = %s AND notes <= 0"  # noqa: S608  # no input
    f" AND name IN (SELECT name FROM ({SQLITE_PAIRS}))"
)


class TagCountQuerySet(models.QuerySet["TagCount"]):
    def of_owner(self, owner_id: UUID) -> Self:
        return self.filter(owner=owner_id)

    def named_after(self, name: str | None) -> Self:
        """In the order of the names, by code point, which begin after `name`."""
        return (self.filter(name__gt=name) if name is not None else self).order_by("name")

    def count_of(self, name: str) -> int:
        return self.filter(name=name).values_list("notes", flat=True).first() or 0

    def total_of(self, names: Collection[str]) -> int:
        """The counts of these tags together: at least the number of notes with one of them."""
        return self.filter(name__in=names).aggregate(total=models.Sum("notes"))["total"] or 0

    def is_right_for(self, owner_id: UUID, notes: models.QuerySet[Any]) -> bool:  # Any: as below
        """Whether the counts are those of these notes, which must be the active ones of the account."""
        return self.has(owner_id, count_all(notes))

    def has(self, owner_id: UUID, counts: Counter[str]) -> bool:
        return dict(self.of_owner(owner_id).values_list("name", "notes")) == counts

    def recount(self, owner_id: UUID, notes: models.QuerySet[Any]) -> bool:  # Any: importing notes would be circular
        """Count again from all tags of these notes, which must be the active ones of the account.

        Returns whether the counts were wrong. Call it in a tick, so that no other write changes them.
        """
        counts = count_all(notes)
        if self.has(owner_id, counts):
            return False
        self.of_owner(owner_id).delete()
        add_counts(owner_id, [counts])
        return True


class TagCount(models.Model):
    """The number of active notes of an account that have a tag. Tags of no active note have no row."""

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=64)
    notes = models.BigIntegerField()

    objects = TagCountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_count_a_tag")]

    def __str__(self) -> str:
        return f"{self.name}: {self.notes}"


def count_tags(change: Tick, before: Iterable[str], after: Iterable[str]) -> None:
    """Count a note that had the tags `before` and has `after`: both without duplicates, none if it is not active."""
    if difference := tag_difference(before, after):
        change.at_end(add_counts, difference)


def tag_difference(before: Iterable[str], after: Iterable[str]) -> dict[str, int]:
    """Return by how much the count of each tag changes."""
    removed, added = set(before), set(after)
    return {**dict.fromkeys(added - removed, 1), **dict.fromkeys(removed - added, -1)}


def count_all(notes: models.QuerySet[Any]) -> Counter[str]:  # Any: as above
    return Counter(tag for tags in notes.values_list("tags", flat=True).iterator() for tag in tags)


def add_counts(owner_id: UUID, differences: Sequence[Mapping[str, int]]) -> None:
    """Add all differences to the counts of an account, and delete the counts that reach 0."""
    total: Counter[str] = Counter()
    for difference in differences:
        total.update(difference)
    pairs = encode_pairs(total)
    if not pairs:
        return
    if connection.vendor == "postgresql":
        run_statement(f"WITH ticked AS (SELECT %s::uuid AS user_id), {ADD_COUNTS} SELECT 1", [owner_id, *pairs])
        return
    owner = models.UUIDField().get_db_prep_value(owner_id, connection)
    run_statement(SQLITE_ADD, [owner, *pairs])
    if min(total.values()) < 0:
        run_statement(SQLITE_END, [owner, *pairs])


def encode_pairs(difference: Mapping[str, int]) -> list[str]:
    """Return the parameter of ADD_COUNTS; none if nothing differs."""
    pairs = sorted((name, number) for name, number in difference.items() if number)
    return [json.dumps(pairs, ensure_ascii=False)] if pairs else []
