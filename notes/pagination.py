"""Pages of notes, which end early where the notes are long."""

from typing import Any

from notes.models.page import take
from notes_api.pagination import KeysetPagination


class NotePagination(KeysetPagination):
    def take(self, queryset: Any, limit: int) -> tuple[list[Any], bool]:  # Any: the base takes any model
        return take(queryset, limit)
