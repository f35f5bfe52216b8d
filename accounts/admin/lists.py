"""Base classes for the lists of the admin. They restrict the filters in the URL."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime


class StrictLookupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    """Accepts only the lookups and values that its own filters produce, and responds to others with 400.

    Django accepts every lookup on every column. With `__startswith` a hidden value could be guessed letter by
    letter, and a regular expression could keep the database busy for minutes.
    """

    # The allowed lookups, each with a check of its value.
    lookups: Mapping[str, Callable[[str], bool]] = {}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups and self.lookups[lookup](value)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Ignore an empty `_to_field` in the URL, with which Django fails."""
        return super().get_object(request, object_id, from_field or None)


class ReadOnlyAdmin(StrictLookupAdmin):
    """Rows can be viewed, newest first, but not added, changed or deleted."""

    # Ids are in the order of creation. No other order of a large table has an index.
    ordering = ["-id"]
    sortable_by = []
    # It would count the whole table.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def is_flag(value: str) -> bool:
    return value in ("0", "1")


def is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def is_datetime(value: str) -> bool:
    """Return whether the value is a time with a time zone, in years where conversions cannot overflow."""
    try:
        moment = parse_datetime(value)
    except ValueError:
        return False
    return moment is not None and timezone.is_aware(moment) and 1900 <= moment.year <= 2999
