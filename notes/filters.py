"""The parameters of a list of notes as QuerySet methods."""

from collections.abc import Mapping
from typing import Any

from notes.models.note import NoteQuerySet


def matching(queryset: NoteQuerySet, query: Mapping[str, Any]) -> NoteQuerySet:  # Any: each parameter has its own type
    if query["is_pinned"] != "any":
        queryset = queryset.pinned(query["is_pinned"] == "true")
    if query["is_archived"] != "any":
        queryset = queryset.archived(query["is_archived"] == "true")
    return queryset
