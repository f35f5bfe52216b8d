"""The parameters of a list of notes as QuerySet methods."""

from collections.abc import Mapping
from typing import Any

from notes.models.note import NoteQuerySet

BY_RANK = ("-rank", "-updated_at", "id")


def matching(queryset: NoteQuerySet, query: Mapping[str, Any]) -> NoteQuerySet:  # Any: each has its own type
    """Narrowed down by all but `q`, which its pages look for."""
    if query["is_pinned"] != "any":
        queryset = queryset.pinned(query["is_pinned"] == "true")
    if query["is_archived"] != "any":
        queryset = queryset.archived(query["is_archived"] == "true")
    return (
        queryset.tagged_with_all(query.get("tag", []))
        .created_between(query.get("created_after"), query.get("created_before"))
        .updated_between(query.get("updated_after"), query.get("updated_before"))
    )


def ordering_of(query: Mapping[str, Any]) -> str | tuple[str, ...]:  # Any: as above
    """What is asked for, else the best match first where something is searched, else the last changed first."""
    if given := query.get("ordering"):
        return str(given)
    return BY_RANK if query.get("q") else "-updated_at"
